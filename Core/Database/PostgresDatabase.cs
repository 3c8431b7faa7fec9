using System.Data.Common;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The database, for every store. A server's connections are divided into pools that cannot starve each other: most are for requests; a few
/// are kept for signing in, for work that may take minutes, and for what the process itself asks (probes, keys, ended sessions).
/// docs/reliability.md has the sizes and the time limits.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>How long one statement of <see cref="OpenForLongWorkAsync"/> may take.</summary>
    public static readonly TimeSpan LongStatement = TimeSpan.FromMinutes(10);

    static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(0.5);

    readonly NpgsqlDataSource signIn,
        longWork,
        system;

    static PostgresDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <param name="connectionString">Npgsql's; settings made there win over the defaults here.</param>
    /// <param name="configure">More settings of each pool, such as logging.</param>
    /// <exception cref="ConfigurationException">It is not a connection string.</exception>
    public PostgresDatabase(string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        try
        {
            var settings = ConnectionDefaults.Apply(connectionString);
            ConnectionString = settings.ConnectionString;
            Sizes = PoolSizes.Of(settings.MaxPoolSize);
            // Without a name metrics would carry the connection string.
            Source = Build("functionsapp", Sizes.Requests, Math.Min(settings.MinPoolSize, Sizes.Requests));
            if (!settings.Pooling || Sizes.IsShared)
            {
                signIn = longWork = system = Source;
            }
            else
            {
                signIn = Build("functionsapp-sign-in", Sizes.SignIn, 0);
                longWork = Build("functionsapp-long", Sizes.LongWork, 0, LongStatement);
                system = Build("functionsapp-system", Sizes.System, 0);
            }

            NpgsqlDataSource Build(string name, int size, int minimum, TimeSpan? statement = null)
            {
                var pool = new NpgsqlConnectionStringBuilder(ConnectionString) { MaxPoolSize = size, MinPoolSize = minimum };
                if (statement is { } limit)
                    pool.CommandTimeout = (int)limit.TotalSeconds;
                var builder = new NpgsqlDataSourceBuilder(pool.ConnectionString) { Name = name };
                SessionLimits.Of(pool).ApplyTo(pool, builder);
                configure?.Invoke(builder);
                return builder.Build();
            }
        }
        catch (ArgumentException e)
        {
            throw NotValid(e);
        }
    }

    /// <summary>The pool of <see cref="OpenAsync"/>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>How many connections each pool may have.</summary>
    public PoolSizes Sizes { get; }

    /// <summary>With the password, for connections outside the pool. Never log it.</summary>
    internal string ConnectionString { get; }

    /// <summary>A connection for a request. Dispose it to give it back.</summary>
    /// <exception cref="NpgsqlException">None is free, or the database is out of reach: see <see cref="DatabaseFailure"/>.</exception>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => OpenFromAsync(Source, cancellationToken);

    /// <summary>A connection for a quick statement of signing in or refreshing. Not one that others can make wait for long.</summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForSignInAsync(CancellationToken cancellationToken) => OpenFromAsync(signIn, cancellationToken);

    /// <summary>
    /// A connection for what may take minutes, as an import or an export does: its statements end after
    /// <see cref="LongStatement"/>.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForLongWorkAsync(CancellationToken cancellationToken) =>
        OpenFromAsync(longWork, cancellationToken);

    /// <summary>
    /// A connection for what the process itself has to know: probes, signing keys, ended sessions. No request may hold
    /// one.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public ValueTask<NpgsqlConnection> OpenForSystemAsync(CancellationToken cancellationToken) => OpenFromAsync(system, cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and commits, or rolls back when it throws. When the connection is lost or the
    /// transaction is chosen to end a deadlock before the commit, it runs once more: it must change nothing but the database.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var repeated = false; ; repeated = true)
        {
            var committing = false;
            try
            {
                await using var connection = await OpenAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var result = await work(connection, transaction);
                committing = true;
                await transaction.CommitAsync(cancellationToken);
                return result;
            }
            catch (Exception e)
                when (!repeated && !committing && !cancellationToken.IsCancellationRequested && DatabaseFailure.Of(e) is { MayRepeat: true }
                )
            {
                // Nothing was committed.
            }
        }
    }

    /// <summary>
    /// Like <see cref="InTransactionAsync"/>, on a connection of <see cref="OpenForLongWorkAsync"/>. The work runs once: it may
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

    /// <summary>How long a statement may take with these settings, waiting for a connection included.</summary>
    /// <exception cref="ConfigurationException">It is not a connection string.</exception>
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
        foreach (var pool in new[] { Source, signIn, longWork, system }.Distinct())
            await pool.DisposeAsync();
    }

    static ConfigurationException NotValid(ArgumentException e) =>
        new(
            $"The connection string in ConnectionStrings__Postgres is not valid: {e.Message} Write it like "
                + "'Host=db;Username=app;Password=…;Database=app'.",
            e
        );

    // A connection that is cut while it is opened has carried out nothing: once more, where that came at once.
    static async ValueTask<NpgsqlConnection> OpenFromAsync(NpgsqlDataSource pool, CancellationToken cancellationToken)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            return await pool.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception e)
            when (DatabaseFailure.Of(e) is { MayRepeat: true } && System.Diagnostics.Stopwatch.GetElapsedTime(start) < AtOnce)
        {
            return await pool.OpenConnectionAsync(cancellationToken);
        }
    }
}
