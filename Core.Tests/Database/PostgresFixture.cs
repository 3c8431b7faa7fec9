using FunctionsApp.Core.Database;
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

    // A database with all migrations, which is copied: migrating costs many times more.
    readonly Lazy<Task<string>> template;

    int databases;

    public PostgresFixture() => template = new(CreateTemplateAsync);

    /// <summary>Creates a database with all migrations and no rows, which is deleted with the server after the last test.</summary>
    /// <returns>The connection string.</returns>
    public async Task<string> CreateDatabaseAsync() => await CreateAsync(await template.Value);

    /// <summary>Like <see cref="CreateDatabaseAsync"/>, without the migrations.</summary>
    public Task<string> CreateEmptyDatabaseAsync() => CreateAsync("template1");

    public async ValueTask DisposeAsync()
    {
        if (!postgres.IsValueCreated)
            return;

        // A failed start has already failed the tests that waited for it.
        await ((Task)postgres.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (postgres.Value.IsCompletedSuccessfully)
            await postgres.Value.Result.DisposeAsync();
    }

    async Task<string> CreateTemplateAsync()
    {
        var connectionString = await CreateEmptyDatabaseAsync();
        // A database in use cannot be copied.
        await using (var database = new PostgresDatabase(connectionString))
            await new Migrations(database, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(CancellationToken.None);
        return new NpgsqlConnectionStringBuilder(connectionString).Database!;
    }

    async Task<string> CreateAsync(string copied)
    {
        var server = await postgres.Value;
        var name = $"test_{Interlocked.Increment(ref databases)}";
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name} template {copied}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
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
