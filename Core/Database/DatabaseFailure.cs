using System.Collections.Frozen;
using System.Net.Sockets;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>The database failure that caused an exception, however deeply it is nested.</summary>
/// <param name="Kind">What a caller can do about it.</param>
/// <param name="MayRepeat">
/// The failure was immediate, and the statement was not executed or its transaction was rolled back: a lost connection, a deadlock, a
/// cached plan that a schema change made invalid. Reads, uncommitted transactions and work with an idempotency key can be retried. After
/// a timeout they are not, as a retry would double the wait.
/// </param>
/// <param name="IsStalePlan">
/// A schema change made a prepared statement invalid. Every connection that has prepared it fails once: see
/// <see cref="PostgresDatabase.Renew"/>.
/// </param>
public sealed record DatabaseFailure(DatabaseFailureKind Kind, bool MayRepeat = false, bool IsStalePlan = false)
{
    // Npgsql has no specific exception type for this.
    const string PoolExhausted = "The connection pool has been exhausted";

    // The Postgres function that reports 'cached plan must not change result type'; SQLSTATE 0A000 alone means any unsupported feature.
    const string StalePlan = "RevalidateCachedQuery";

    // Citus reports a worker that is away as an internal error.
    const string LostWorker = "failure on connection marked as essential";

    static readonly DatabaseFailure Unavailable = new(DatabaseFailureKind.Unavailable),
        Lost = new(DatabaseFailureKind.Unavailable, MayRepeat: true),
        Stale = new(DatabaseFailureKind.Unavailable, MayRepeat: true, IsStalePlan: true),
        Busy = new(DatabaseFailureKind.Busy),
        RolledBack = new(DatabaseFailureKind.Busy, MayRepeat: true),
        NotText = new(DatabaseFailureKind.NotText);

    static readonly FrozenDictionary<string, DatabaseFailure> ByState = new Dictionary<string, DatabaseFailure>
    {
        // Text that Postgres cannot store.
        [PostgresErrorCodes.CharacterNotInRepertoire] = NotText,
        [PostgresErrorCodes.UntranslatableCharacter] = NotText,
        [PostgresErrorCodes.DeadlockDetected] = RolledBack,
        [PostgresErrorCodes.SerializationFailure] = RolledBack,
        [PostgresErrorCodes.LockNotAvailable] = Busy,
        // statement_timeout, or a canceled statement.
        [PostgresErrorCodes.QueryCanceled] = Busy,
        // transaction_timeout.
        ["25P04"] = Busy,
        // The connection was terminated: by an administrator, by a failover, or for being idle too long (25P03 within a transaction).
        [PostgresErrorCodes.AdminShutdown] = Lost,
        [PostgresErrorCodes.CrashShutdown] = Lost,
        ["25P03"] = Lost,
        ["57P05"] = Lost,
        // A standby, or a database that does not exist, is not migrated yet or does not accept this user.
        [PostgresErrorCodes.ReadOnlySqlTransaction] = Unavailable,
        [PostgresErrorCodes.InvalidCatalogName] = Unavailable,
        [PostgresErrorCodes.UndefinedTable] = Unavailable,
        [PostgresErrorCodes.InvalidPassword] = Unavailable,
        [PostgresErrorCodes.InvalidAuthorizationSpecification] = Unavailable,
        [PostgresErrorCodes.TooManyConnections] = Unavailable,
        [PostgresErrorCodes.CannotConnectNow] = Unavailable,
    }.ToFrozenDictionary();

    // Classes of errors: 08 is about connections, including those of PgBouncer, 53 about disk space and memory, 58 about the system.
    static readonly string[] UnavailableClasses = ["08", "53", "58"];

    /// <summary>
    /// Finds the failure in an exception or its inner exceptions: Dapper, for example, wraps failures while reading rows in a
    /// <see cref="System.Data.DataException"/>.
    /// </summary>
    /// <returns>Null if the database was not involved, or if the statement itself is wrong.</returns>
    public static DatabaseFailure? Of(Exception exception)
    {
        var chain = Chain(exception).ToList();
        // The database's own error takes precedence over that of the driver.
        if (chain.OfType<PostgresException>().FirstOrDefault() is { } postgres)
            return Of(postgres);
        if (!chain.Exists(one => one is NpgsqlException or TimeoutException or SocketException))
            return null;
        if (chain.Exists(one => one.Message.StartsWith(PoolExhausted, StringComparison.Ordinal)))
            return new(DatabaseFailureKind.PoolExhausted);
        if (chain.Exists(one => one is NpgsqlOperationInProgressException))
            return null;
        return new(DatabaseFailureKind.Unavailable, MayRepeat: !chain.Exists(one => one is TimeoutException));
    }

    static DatabaseFailure? Of(PostgresException postgres)
    {
        if (postgres.SqlState == PostgresErrorCodes.FeatureNotSupported && postgres.Routine == StalePlan)
            return Stale;
        if (postgres.SqlState == PostgresErrorCodes.InternalError && postgres.MessageText.StartsWith(LostWorker, StringComparison.Ordinal))
            return Unavailable;
        if (ByState.TryGetValue(postgres.SqlState, out var failure))
            return failure;
        return postgres.IsTransient || Array.Exists(UnavailableClasses, one => postgres.SqlState.StartsWith(one, StringComparison.Ordinal))
            ? Unavailable
            : null;
    }

    static IEnumerable<Exception> Chain(Exception exception)
    {
        yield return exception;
        var inner =
            exception is AggregateException several ? several.InnerExceptions
            : exception.InnerException is { } one ? [one]
            : (IReadOnlyList<Exception>)[];
        foreach (var found in inner.SelectMany(Chain))
            yield return found;
    }
}
