using System.Data.Common;
using Dapper;
using Npgsql;

namespace Core.Database;

/// <summary>The database: one pool of connections for every store.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    static PostgresDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <param name="connectionString">Npgsql's; settings made there win over the defaults here.</param>
    /// <exception cref="ConfigurationException">It is not a connection string.</exception>
    public PostgresDatabase(string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        try
        {
            ConnectionString = WithDefaults(connectionString).ConnectionString;
            var builder = new NpgsqlDataSourceBuilder(ConnectionString);
            // Else metrics would carry the connection string.
            builder.Name = "functionsapp";
            configure?.Invoke(builder);
            Source = builder.Build();
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"The connection string in ConnectionStrings__Postgres is not valid: {e.Message} Write it like 'Host=db;Username=app;Password=…;Database=app'.", e);
        }
    }

    public NpgsqlDataSource Source { get; }

    /// <summary>With the password, for connections outside the pool. Never log it.</summary>
    internal string ConnectionString { get; }

    /// <summary>An open connection. Dispose it to give it back.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancel) => Source.OpenConnectionAsync(cancel);

    /// <summary>Runs <paramref name="work"/> in a transaction and commits, or rolls back when it throws.</summary>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, DbTransaction, Task<T>> work, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var result = await work(connection, transaction);
        await transaction.CommitAsync(cancel);
        return result;
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    // What each gives is measured in docs/performance.md.
    static NpgsqlConnectionStringBuilder WithDefaults(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Under the names that Npgsql prefers, whichever it was given. Npgsql's own builder says of every key that it contains it.
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        Default("Multiplexing", () => settings.Multiplexing = settings.Pooling);
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 100);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        Default("Timeout", () => settings.Timeout = 5);
        Default("Command Timeout", () => settings.CommandTimeout = 15);
        Default("Application Name", () => settings.ApplicationName = "functionsapp");
        return settings;

        void Default(string key, Action set)
        {
            if (!given.ContainsKey(key)) set();
        }
    }
}
