using System.Net.Sockets;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>What kind of failure of the database an exception is, whatever it is wrapped in.</summary>
/// <param name="Kind">What a caller can do about it.</param>
/// <param name="MayRepeat">
/// It came at once and the statement was not carried out, or its transaction was undone: a lost connection, a deadlock, a plan that a
/// change of the schema made useless. What only reads, or was not committed, can be repeated. Not so after a time limit: repeating would
/// double the wait.
/// </param>
public sealed record DatabaseFailure(DatabaseFailureKind Kind, bool MayRepeat = false)
{
    // Npgsql has no exception of its own for it.
    const string PoolExhausted = "The connection pool has been exhausted";

    // The function of Postgres that reports 'cached plan must not change result type'; the SQLSTATE 0A000 alone is any unsupported feature.
    const string StalePlan = "RevalidateCachedQuery";

    /// <summary>
    /// The failure in an exception or in any exception inside it: Dapper, for one, wraps what happens while rows are read in a
    /// <see cref="System.Data.DataException"/>.
    /// </summary>
    /// <returns>Null when no database had part in it, or the statement itself is wrong.</returns>
    public static DatabaseFailure? Of(Exception exception)
    {
        var chain = Chain(exception).ToList();
        // What the database says of itself counts more than what the driver makes of it.
        if (chain.OfType<PostgresException>().FirstOrDefault() is { } postgres)
            return Of(postgres);
        if (!chain.Exists(one => one is NpgsqlException or TimeoutException or SocketException))
            return null;
        if (chain.Exists(one => one.Message.StartsWith(PoolExhausted, StringComparison.Ordinal)))
            return new(DatabaseFailureKind.PoolExhausted);
        if (chain.Exists(one => one is NpgsqlOperationInProgressException))
            return null;
        return new(DatabaseFailureKind.Away, MayRepeat: !chain.Exists(one => one is TimeoutException));
    }

    static DatabaseFailure? Of(PostgresException postgres) =>
        postgres.SqlState switch
        {
            // Text that Postgres cannot hold.
            PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => new(DatabaseFailureKind.NotText),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => new(
                DatabaseFailureKind.Busy,
                MayRepeat: true
            ),
            // 57014 is statement_timeout, and a statement that was canceled.
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => new(DatabaseFailureKind.Busy),
            PostgresErrorCodes.FeatureNotSupported when postgres.Routine == StalePlan => new(DatabaseFailureKind.Away, MayRepeat: true),
            // The connection is ended: by an administrator or a failover, or for being idle too long (25P03 within a transaction).
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or "25P03" or "57P05" => new(
                DatabaseFailureKind.Away,
                MayRepeat: true
            ),
            // A standby, a database that is not there or not migrated yet, or does not know this user.
            PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.InvalidCatalogName
            or PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.CannotConnectNow => new(DatabaseFailureKind.Away),
            // 08: connection exceptions, also what PgBouncer says; 53: no disk, no memory; 58: errors of the system. 25P04:
            // transaction_timeout.
            "25P04" => new(DatabaseFailureKind.Busy),
            var state
                when postgres.IsTransient
                    || state.StartsWith("08", StringComparison.Ordinal)
                    || state.StartsWith("53", StringComparison.Ordinal)
                    || state.StartsWith("58", StringComparison.Ordinal) => new(DatabaseFailureKind.Away),
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
