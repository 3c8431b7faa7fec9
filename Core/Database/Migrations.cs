using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Dapper;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Postgresql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The schema: numbered SQL files in the modules' <c>Migrations</c> folders. Each is applied once, ordered by module and then by name, and
/// recorded in <c>schema_migrations</c>. It runs in a transaction unless its first line is <c>-- no transaction</c> (for
/// <c>create index concurrently</c> and the like). With <see cref="ShardingMode.Citus"/> its tables and functions are distributed after
/// that.
/// </summary>
public sealed class Migrations
{
    /// <summary>The oldest supported major version of Postgres.</summary>
    public const int OldestMajor = 15;

    /// <summary>The key of the advisory lock that lets one process migrate at a time.</summary>
    const long Lock = 0x66756e6374696f6e;

    const string NoTransaction = "-- no transaction";

    static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(50);

    readonly PostgresDatabase database;
    readonly ILogger<Migrations> logger;
    readonly IReadOnlyList<SqlScript> scripts;
    readonly ShardingMode sharding;

    /// <param name="modules">The modules whose migrations are applied, in this order.</param>
    public Migrations(
        PostgresDatabase database,
        IReadOnlyList<Module> modules,
        ILogger<Migrations> logger,
        ShardingMode sharding = ShardingMode.None
    )
        : this(database, logger, [.. ReadScripts(modules, Assembly.GetExecutingAssembly())], sharding) { }

    internal Migrations(
        PostgresDatabase database,
        ILogger<Migrations> logger,
        IReadOnlyList<SqlScript> scripts,
        ShardingMode sharding = ShardingMode.None
    ) => (this.database, this.logger, this.scripts, this.sharding) = (database, logger, scripts, sharding);

    /// <summary>
    /// How long a migration waits for a lock before it is rolled back, and how long after that it is tried again. While it waits for a lock
    /// on a table, all others who want the table wait behind it, even readers.
    /// </summary>
    internal TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For how long a migration that waits for locks is tried again.</summary>
    internal TimeSpan LockPatience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The names of the migrations that this version requires.</summary>
    public IEnumerable<string> Names => scripts.Select(script => script.Name);

    /// <summary>
    /// The migrations that are not applied yet, and the tables and functions that are not distributed or set yet. Applied migrations that
    /// this version does not know, because they are newer, are ignored.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is unreachable.</exception>
    /// <exception cref="ConfigurationException">The version of Postgres is not supported.</exception>
    public async Task<IReadOnlyList<string>> PendingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemReadAsync(cancellationToken);
        var pending = await PendingAsync(connection, cancellationToken);
        if (sharding == ShardingMode.None)
            return pending;
        var steps = await Distribution.PendingAsync(connection, cancellationToken);
        return [.. pending, .. steps.Select(step => step.Title), .. await PlanCaching.PendingAsync(connection, cancellationToken)];
    }

    static void RequireSupported(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major >= OldestMajor)
            return;
        throw new ConfigurationException(
            $"The database is Postgres {connection.PostgreSqlVersion}. {OldestMajor} or later is needed: "
                + "upgrade it, or set ConnectionStrings__Postgres to another one."
        );
    }

    static async Task RequirePrimaryAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (
            await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition("select pg_is_in_recovery()", cancellationToken: cancellationToken)
            )
        )
        {
            throw new ConfigurationException(
                "The database is a standby, which cannot be migrated. Add the primary to ConnectionStrings__Postgres: 'Host=one,two'."
            );
        }
    }

    async Task<IReadOnlyList<string>> PendingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        RequireSupported(connection);
        if (
            await connection.ExecuteScalarAsync<string?>(
                new CommandDefinition("select to_regclass('public.schema_migrations')::text", cancellationToken: cancellationToken)
            )
            is null
        )
            return [.. Names];
        var applied = await connection.QueryAsync<string>(
            new CommandDefinition("select scriptname from public.schema_migrations", cancellationToken: cancellationToken)
        );
        return [.. Names.Except(applied)];
    }

    /// <summary>
    /// Applies the pending migrations. Any number of processes may call it at the same time: one applies them while the others wait.
    /// </summary>
    /// <returns>The names of the migrations applied by this call, and of the tables and functions that it distributed or set.</returns>
    /// <exception cref="NpgsqlException">The database is unreachable.</exception>
    /// <exception cref="ConfigurationException">The version of Postgres is not supported, or it is not the coordinator of a Citus cluster
    /// although it has to be.</exception>
    /// <exception cref="MigrationException">A migration failed and was rolled back.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        // The lock belongs to a session, so this needs a dedicated connection outside the shared pool. Its timeout is longer than that of
        // a request, as many pods may start at the same time.
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Pooling = false,
            Timeout = 60,
            CommandTimeout = 0,
            MaxAutoPrepare = 0,
        };
        if (database.Hosts is not null)
        {
            // Of two servers that are not standbys, one may be an earlier primary that came back: the pool, with the timeouts of a request,
            // knows which.
            await using var primary = await database.OpenForSystemAsync(cancellationToken);
            (settings.Host, settings.Port) = (primary.Host, primary.Port);
        }

        await using var source = Source(settings, LockTimeout);
        // 'create index concurrently' waits for others and blocks nobody.
        await using var unhurried = Source(settings, TimeSpan.Zero);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await RequirePrimaryAsync(connection, cancellationToken);
        // Polled, because a waiting statement holds a snapshot, and 'create index concurrently' waits for the end of all snapshots.
        while (
            !await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition("select pg_try_advisory_lock(@Lock)", new { Lock }, cancellationToken: cancellationToken)
            )
        )
        {
            await Task.Delay(LockInterval, cancellationToken);
        }

        if (sharding == ShardingMode.Citus)
            await Distribution.RequireCitusAsync(connection, cancellationToken);
        var pending = await PendingAsync(connection, cancellationToken);
        foreach (var script in scripts.Where(script => pending.Contains(script.Name)))
        {
            logger.LogInformation("Applying migration {Migration}", script.Name);
            var inTransaction = !script.Contents.StartsWith(NoTransaction, StringComparison.Ordinal);
            var used = inTransaction ? source : unhurried;
            await RetryAsync(script.Name, () => ApplyAsync(script, used, inTransaction, cancellationToken), cancellationToken);
        }

        return sharding == ShardingMode.None ? pending : [.. pending, .. await DistributeAsync(connection, cancellationToken)];
    }

    static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings, TimeSpan lockTimeout)
    {
        // Without a name, the metrics of its connections would contain the connection string.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "functionsapp migrations" };
        // Those that this version of Postgres has. The first statement ends a limit that may be too short for the second.
        var limits = FormattableString.Invariant(
            $"""
            set statement_timeout = 0;
            select set_config(name, case name when 'lock_timeout' then '{lockTimeout.TotalMilliseconds:0}' else '0' end, false)
            from pg_settings
            where name in ('lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')
            """
        );
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                RequireSupported(connection);
                connection.Execute(limits);
            },
            connection =>
            {
                RequireSupported(connection);
                return connection.ExecuteAsync(limits);
            }
        );
        return builder.Build();
    }

    async Task ApplyAsync(SqlScript script, NpgsqlDataSource source, bool inTransaction, CancellationToken cancellationToken)
    {
        var upgrade = DeployChanges
            .To.PostgresqlDatabase(new PostgresqlConnectionManager(source))
            .WithScript(script)
            .WithVariablesDisabled()
            .JournalToPostgresqlTable("public", "schema_migrations")
            .LogTo(new Log(logger));
        upgrade = inTransaction ? upgrade.WithTransactionPerScript() : upgrade.WithoutTransaction();
        var result = await Task.Run(upgrade.Build().PerformUpgrade, cancellationToken);
        if (!result.Successful)
            throw new MigrationException(script.Name, result.Error);
    }

    async Task RetryAsync(string step, Func<Task> apply, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await apply();
                return;
            }
            catch (MigrationException e)
                when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
                    && Stopwatch.GetElapsedTime(start) < LockPatience
                )
            {
                logger.LogWarning(
                    "Another transaction has had a lock that {Migration} needs for {Seconds:0.#} s. It was rolled back, so that others do "
                        + "not wait behind it, and is tried again",
                    step,
                    LockTimeout.TotalSeconds
                );
            }

            await Task.Delay(LockTimeout, cancellationToken);
        }
    }

    async Task<IReadOnlyList<string>> DistributeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var steps = await Distribution.PendingAsync(connection, cancellationToken);
        foreach (var step in steps)
        {
            logger.LogInformation("Starting the {Step}", step.Title);
            await RetryAsync(step.Title, () => ApplyAsync(step, connection, cancellationToken), cancellationToken);
        }

        return [.. steps.Select(step => step.Title), .. await PlanCaching.ProtectAsync(connection, cancellationToken)];
    }

    static async Task ApplyAsync(DistributionStep step, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await step.ApplyAsync(connection, cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new MigrationException(step.Title, e);
        }
    }

    static IEnumerable<SqlScript> ReadScripts(IReadOnlyList<Module> modules, Assembly assembly) =>
        from module in modules
        let folder = $"{module.Name}/Migrations/"
        from name in assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
        select SqlScript.FromStream($"{module.Name}/{name[folder.Length..]}", assembly.GetManifestResourceStream(name));

    sealed class Log(ILogger logger) : IUpgradeLog
    {
        // A text without arguments may be the database's own, with braces in it.
        static string Text(string format, object[] args) =>
            args.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, args);

        public void LogTrace(string format, params object[] args) => logger.LogTrace("{Message}", Text(format, args));

        public void LogDebug(string format, params object[] args) => logger.LogDebug("{Message}", Text(format, args));

        public void LogInformation(string format, params object[] args) => logger.LogDebug("{Message}", Text(format, args));

        public void LogWarning(string format, params object[] args) => logger.LogWarning("{Message}", Text(format, args));

        // The exception is thrown, unless the migration is tried again.
        public void LogError(string format, params object[] args) => logger.LogDebug("{Message}", Text(format, args));

        public void LogError(Exception ex, string format, params object[] args) => logger.LogDebug(ex, "{Message}", Text(format, args));
    }
}
