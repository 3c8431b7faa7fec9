using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// One temporary Postgres for the tests of an assembly, started by the first test that needs a database.
/// The environment variable <c>FUNCTIONSAPP_TEST_POSTGRES</c> (machine or npm) selects the source of its programs.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    static readonly string? setting = Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES");
    readonly Lazy<Task<LocalPostgresServer>> postgres = new(() =>
        LocalPostgresServer.StartTemporaryAsync(Source(setting), NullLogger.Instance, CancellationToken.None)
    );

    int databases;

    /// <summary>Creates an empty database, which is deleted with the server after the last test.</summary>
    /// <returns>The connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var server = await postgres.Value;
        var name = $"test_{Interlocked.Increment(ref databases)}";
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (!postgres.IsValueCreated)
            return;

        // A failed start has already failed the tests that waited for it.
        await ((Task)postgres.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (postgres.Value.IsCompletedSuccessfully)
            await postgres.Value.Result.DisposeAsync();
    }

    public static PostgresSource Source(string? setting) =>
        setting?.ToLowerInvariant() switch
        {
            null or "" => PostgresSource.Any,
            "machine" => PostgresSource.Machine,
            "npm" => PostgresSource.Npm,
            _ => throw new ArgumentException($"FUNCTIONSAPP_TEST_POSTGRES is '{setting}'; it must be machine or npm."),
        };
}
