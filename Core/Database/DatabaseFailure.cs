using System.Net.Sockets;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>The database failure that caused an exception, however deeply it is nested.</summary>
/// <param name="Kind">What a caller can do about it.</param>
/// <param name="MayRepeat">
/// The failure was immediate, and the statement was not executed or its transaction was rolled back: a lost connection, a deadlock, a
/// cached plan that a schema change made invalid. Reads and uncommitted transactions can be retried. After a timeout they are not, as a
/// retry would double the wait.
/// </param>
public sealed record DatabaseFailure(DatabaseFailureKind Kind, bool MayRepeat = false)
{
    // Npgsql has no specific exception type for this.
    const string PoolExhausted = "The connection pool has been exhausted";

    // The Postgres function that reports 'cached plan must not change result type'; SQLSTATE 0A000 alone means any unsupported feature.
    const string StalePlan = "RevalidateCachedQuery";

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

    static DatabaseFailure? Of(PostgresException postgres) =>
        postgres.SqlState switch
        {
            // Text that Postgres cannot store.
            PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => new(DatabaseFailureKind.NotText),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => new(
                DatabaseFailureKind.Busy,
                MayRepeat: true
            ),
            // 57014 is statement_timeout or a canceled statement.
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => new(DatabaseFailureKind.Busy),
            PostgresErrorCodes.FeatureNotSupported when postgres.Routine == StalePlan => new(
                DatabaseFailureKind.Unavailable,
                MayRepeat: true
            ),
            // The connection was terminated: by an administrator, by a failover, or for being idle too long (25P03 within a transaction).
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or "25P03" or "57P05" => new(
                DatabaseFailureKind.Unavailable,
                MayRepeat: true
            ),
            // A standby, or a database that does not exist, is not migrated yet or does not accept this user.
            PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.InvalidCatalogName
            or PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.CannotConnectNow => new(DatabaseFailureKind.Unavailable),
            // 08: connection exceptions, including those of PgBouncer; 53: out of disk space or memory; 58: system errors. 25P04:
            // transaction_timeout.
            "25P04" => new(DatabaseFailureKind.Busy),
            var state
                when postgres.IsTransient
                    || state.StartsWith("08", StringComparison.Ordinal)
                    || state.StartsWith("53", StringComparison.Ordinal)
                    || state.StartsWith("58", StringComparison.Ordinal) => new(DatabaseFailureKind.Unavailable),
            _ => null,
        };

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
