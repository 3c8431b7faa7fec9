using System.Data.Common;
using Dapper;
using Npgsql;

namespace Core.Database;

/// <summary>
/// The database, for every store: a pool of connections that each serve one caller at a time, and a few connections that many callers share
/// (Npgsql's multiplexing). On a shared one a statement waits for those before it; a commit, which waits for the disk, has no place there.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    const int MaxSharedConnections = 4;

    readonly NpgsqlDataSource shared;

    static PostgresDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <param name="connectionString">Npgsql's; settings made there win over the defaults here.</param>
    /// <exception cref="ConfigurationException">It is not a connection string.</exception>
    public PostgresDatabase(string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        try
        {
            ConnectionString = WithDefaults(connectionString).ConnectionString;
            Source = Build(settings => settings.Multiplexing = false);
            shared = new NpgsqlConnectionStringBuilder(ConnectionString).Multiplexing ? Build(settings => settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, MaxSharedConnections)) : Source;
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"The connection string in ConnectionStrings__Postgres is not valid: {e.Message} Write it like 'Host=db;Username=app;Password=…;Database=app'.", e);
        }

        NpgsqlDataSource Build(Action<NpgsqlConnectionStringBuilder> change)
        {
            var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
            change(settings);
            // Without a name metrics would carry the connection string.
            var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = settings.Multiplexing ? "functionsapp-shared" : "functionsapp" };
            configure?.Invoke(builder);
            return builder.Build();
        }
    }

    public NpgsqlDataSource Source { get; }

    /// <summary>With the password, for connections outside the pool. Never log it.</summary>
    internal string ConnectionString { get; }

    /// <summary>A connection for one quick statement that only reads. Dispose it to give it back.</summary>
    public ValueTask<NpgsqlConnection> OpenSharedAsync(CancellationToken cancel) => shared.OpenConnectionAsync(cancel);

    /// <summary>A connection of one's own. Dispose it to give it back.</summary>
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

    public async ValueTask DisposeAsync()
    {
        await shared.DisposeAsync();
        await Source.DisposeAsync();
    }

    // What each gives is measured in docs/performance.md.
    static NpgsqlConnectionStringBuilder WithDefaults(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Under the names that Npgsql prefers, whichever it was given. Npgsql's own builder says of every key that it contains it.
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        Default("Multiplexing", () => settings.Multiplexing = settings.Pooling);
        Default("Maximum Pool Size", () => settings.MaxPoolSize = 40);
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
