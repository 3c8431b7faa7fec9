using System.Data.Common;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Opens connections for the stores. A server's connections are divided into pools that cannot starve each other: most are for requests,
/// and a few are reserved for login, for work that may take minutes, and for the process itself (probes, keys, revoked sessions). See
/// docs/reliability.md for the sizes and timeouts.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>The statement timeout of <see cref="OpenForLongWorkAsync"/>.</summary>
    public static readonly TimeSpan LongStatement = TimeSpan.FromMinutes(10);

    static readonly TimeSpan Immediate = TimeSpan.FromSeconds(0.5),
        PrimaryInterval = TimeSpan.FromSeconds(0.2);

    static readonly AsyncLocal<bool> isRepeated = new();

    readonly Lock renewing = new();

    readonly PrimaryPool requests,
        signIn,
        longWork,
        system;
    readonly ReplicaReads? replicas;
    readonly List<NpgsqlDataSource> pools = [];

    static PostgresDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <param name="connectionString">Npgsql's connection string; its settings override the defaults here.</param>
    /// <param name="configure">Configures each pool further, such as its logging.</param>
    /// <param name="staleReads">Whether standbys may serve reads while the primary is unreachable and replication is not
    /// synchronous.</param>
    /// <exception cref="ConfigurationException">The connection string is invalid.</exception>
    public PostgresDatabase(string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null, bool staleReads = false)
    {
        try
        {
            var settings = ConnectionDefaults.Apply(connectionString);
            var servers = DatabaseServers.Of(settings);
            ConnectionString = settings.ConnectionString;
            Sizes = PoolSizes.Of(settings.MaxPoolSize);
            if (servers.IsSeveral)
            {
                Hosts = new([
                    .. servers.Each.Select(
                        (one, i) =>
                            new DatabaseHost(
                                one.Name,
                                new(one.Settings.ConnectionString) { MaxPoolSize = Sizes.Requests, MinPoolSize = 0 },
                                (name, pool, verify) => BuildPool(NameOf(name, i), pool, verify),
                                TimeProvider.System
                            )
                    ),
                ]);
            }

            var breaker = new ConnectionBreaker(TimeProvider.System);
            // Without a name, metrics would contain the connection string.
            requests = Build("functionsapp", Sizes.Requests, Math.Min(settings.MinPoolSize, Sizes.Requests));
            if (!settings.Pooling || Sizes.IsShared)
            {
                signIn = longWork = system = requests;
            }
            else
            {
                signIn = Build("functionsapp-sign-in", Sizes.SignIn, 0);
                longWork = Build("functionsapp-long", Sizes.LongWork, 0, LongStatement);
                system = Build("functionsapp-system", Sizes.System, 0);
            }

            if (Hosts is not null && servers.ReadStandbys)
                replicas = new(Hosts, OpenAsync, staleReads, TimeProvider.System);

            PrimaryPool Build(string name, int size, int minimum, TimeSpan? statement = null)
            {
                var each = servers
                    .Each.Select(
                        (one, i) =>
                        {
                            var pool = new NpgsqlConnectionStringBuilder(one.Settings.ConnectionString)
                            {
                                MaxPoolSize = size,
                                MinPoolSize = minimum,
                            };
                            if (statement is { } limit)
                                pool.CommandTimeout = (int)limit.TotalSeconds;
                            return (
                                BuildPool(NameOf(name, i), pool, Hosts is null ? null : PrimaryPool.VerifyAsync),
                                Hosts?.Each[i].Breaker ?? breaker
                            );
                        }
                    )
                    .ToList();
                return new(each, Hosts);
            }

            // Pools of the same name would be one in metrics. The number, not the host: metrics have no addresses.
            string NameOf(string pool, int server) => servers.IsSeveral ? $"{pool}-{server + 1}" : pool;

            NpgsqlDataSource BuildPool(string name, NpgsqlConnectionStringBuilder pool, Func<NpgsqlConnection, Task>? verify)
            {
                var builder = new NpgsqlDataSourceBuilder(pool.ConnectionString) { Name = name };
                SessionLimits.Of(pool).ApplyTo(pool, builder, verify);
                configure?.Invoke(builder);
                var built = builder.Build();
                pools.Add(built);
                return built;
            }
        }
        catch (ArgumentException e)
        {
            throw NotValid(e);
        }
    }

    /// <summary>The number of connections in each pool.</summary>
    public PoolSizes Sizes { get; }

    /// <summary>Whether a read can succeed while no connection for a write is free, because standbys answer reads.</summary>
    public bool ReadsStandbys => replicas is not null;

    /// <summary>How long <see cref="OpenForReadAsync"/> may look for a server that can answer, before it opens a connection.</summary>
    public TimeSpan LongestReadWait => replicas is null ? TimeSpan.Zero : ReplicaReads.LongestWait;

    /// <summary>The servers, if there are several.</summary>
    internal DatabaseHosts? Hosts { get; }

    /// <summary>Contains the password, for connections outside the pool. Never log it.</summary>
    internal string ConnectionString { get; }

    /// <summary>Opens a connection for a request. Dispose it to return it to the pool.</summary>
    /// <exception cref="NpgsqlException">No connection is free, or the database is unreachable: see
    /// <see cref="DatabaseFailure"/>.</exception>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => OpenFromAsync(requests, cancellationToken);

    /// <summary>
    /// Opens a connection for reads only. With several database servers it may be to a standby, which then has everything that was
    /// acknowledged before this call; with one it is the same as <see cref="OpenAsync"/>.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForReadAsync(CancellationToken cancellationToken)
    {
        if (replicas is null)
            return OpenAsync(cancellationToken);
        return isRepeated.Value ? replicas.OpenRepeatedAsync(cancellationToken) : replicas.OpenAsync(cancellationToken);
    }

    /// <summary>
    /// With several servers, waits until one of them is known to be the primary. For commands: a request fails instead of waiting, and a
    /// later one succeeds. Returns after <paramref name="limit"/> in any case; then opening a connection fails with the reason.
    /// </summary>
    public async Task WaitForPrimaryAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Hosts is null)
            return;
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            await Hosts.RefreshAsync().WaitAsync(cancellationToken);
            if (Hosts.MayHavePrimary || System.Diagnostics.Stopwatch.GetElapsedTime(start) > limit)
                return;
            await Task.Delay(PrimaryInterval, cancellationToken);
        }
    }

    /// <summary>
    /// Closes every pooled connection as soon as it is not in use: after a schema change each of them may have prepared statements that
    /// have become invalid.
    /// </summary>
    public void Renew()
    {
        // One at a time: while Npgsql clears a pool, another call returns at once, and the caller could still get an old connection.
        lock (renewing)
        {
            foreach (var pool in pools)
                pool.Clear();
        }
    }

    /// <summary>
    /// Whether the current request repeats its reads after a failure: <see cref="RepeatReads"/>. Such a read must not be combined with
    /// those of other requests, so that their failures do not affect it.
    /// </summary>
    public static bool IsRepeated => isRepeated.Value;

    /// <summary>
    /// Prefers the primary, if it responds, for the reads of the current request from now on: it repeats a read that failed, possibly on
    /// a standby that was restarted or canceled it.
    /// </summary>
    public static void RepeatReads() => isRepeated.Value = true;

    /// <summary>Opens a connection for short statements of login and refresh that others cannot block for long.</summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForSignInAsync(CancellationToken cancellationToken) => OpenFromAsync(signIn, cancellationToken);

    /// <summary>
    /// Opens a connection for work that may take minutes, such as an import or an export, with the statement timeout
    /// <see cref="LongStatement"/>.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForLongWorkAsync(CancellationToken cancellationToken) =>
        OpenFromAsync(longWork, cancellationToken);

    /// <summary>
    /// Opens a connection for the process itself: probes, signing keys, revoked sessions. Requests must not use it.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForSystemAsync(CancellationToken cancellationToken) => OpenFromAsync(system, cancellationToken);

    /// <summary>
    /// Like <see cref="OpenForSystemAsync"/>, for reads only: while the primary is unreachable, the connection is to a standby that has
    /// everything that was acknowledged before this call.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public async ValueTask<NpgsqlConnection> OpenForSystemReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OpenForSystemAsync(cancellationToken);
        }
        catch (Exception e) when (replicas is not null && DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
        {
            return await replicas.OpenAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and commits, or rolls back if it throws. If the connection is lost or a deadlock is
    /// detected before the commit, the work is retried once, so it must have no effects outside the database.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        var committing = false;
        // Before its commit a transaction has changed nothing.
        return await RetryAsync(AttemptAsync, _ => !committing, cancellationToken);

        async Task<T> AttemptAsync()
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(connection, transaction);
            committing = true;
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
    }

    /// <summary>Runs work, and once more after a failure that is likely to be gone: <see cref="DatabaseFailure.MayRepeat"/>.</summary>
    /// <param name="isSafe">Whether the work may run again after a failure.</param>
    internal async Task<T> RetryAsync<T>(Func<Task<T>> work, Func<DatabaseFailure, bool> isSafe, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception e)
            when (!cancellationToken.IsCancellationRequested && DatabaseFailure.Of(e) is { MayRepeat: true } failure && isSafe(failure))
        {
            if (failure.IsStalePlan)
                Renew();
            return await work();
        }
    }

    /// <summary>
    /// Like <see cref="InTransactionAsync"/>, on a connection of <see cref="OpenForLongWorkAsync"/> and without a retry, so the work may
    /// read a stream.
    /// </summary>
    public async Task<T> InLongTransactionAsync<T>(Func<NpgsqlConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await OpenForLongWorkAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(connection, transaction);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>The maximum duration of a statement with these settings, including the wait for a connection.</summary>
    /// <exception cref="ConfigurationException">The connection string is invalid.</exception>
    public static TimeSpan LongestStatement(string connectionString)
    {
        try
        {
            var settings = ConnectionDefaults.Apply(connectionString);
            return settings.CommandTimeout == 0
                ? TimeSpan.MaxValue
                : TimeSpan.FromSeconds(settings.Timeout + settings.CommandTimeout)
                    + TimeSpan.FromMilliseconds(Math.Max(0, settings.CancellationTimeout));
        }
        catch (ArgumentException e)
        {
            throw NotValid(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        replicas?.Dispose();
        foreach (var pool in pools)
            await pool.DisposeAsync();
    }

    static ConfigurationException NotValid(ArgumentException e) =>
        new(
            $"The connection string in ConnectionStrings__Postgres is not valid: {e.Message} Write it like "
                + "'Host=db;Username=app;Password=…;Database=app'.",
            e
        );

    // A connection that breaks while it is being opened has executed nothing: retried once if the failure was immediate.
    static async ValueTask<NpgsqlConnection> OpenFromAsync(PrimaryPool pool, CancellationToken cancellationToken)
    {
        ReadAttempt.Current?.Note(standby: false);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            return await pool.OpenAsync(cancellationToken);
        }
        catch (Exception e)
            when (DatabaseFailure.Of(e) is { MayRepeat: true } && System.Diagnostics.Stopwatch.GetElapsedTime(start) < Immediate)
        {
            return await pool.OpenAsync(cancellationToken);
        }
    }
}
