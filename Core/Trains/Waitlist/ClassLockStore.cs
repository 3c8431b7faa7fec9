using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>
/// The lock of a class of a run. Cancelling and waitlisting, which have to know what is free, hold it: so no ticket is waitlisted while a
/// seat comes free.
/// </summary>
public sealed class ClassLockStore(PostgresDatabase database)
{
    // Connections that cancellations and the waitlist of one run may hold at once: they wait for one lock, and others need connections too.
    const int LockHolders = 4,
        LockQueue = 1000;

    static readonly KeyedLimiter<Guid> Locks = new(
        LockHolders,
        LockQueue,
        TimeSpan.FromSeconds(5),
        "Too many requests for this run are waiting. Try again shortly."
    );

    /// <summary>Waits for a turn to hold the lock of a class of this run, for a statement that takes the lock itself.</summary>
    /// <returns>To be disposed when the statement has ended.</returns>
    public static ValueTask<IDisposable> EnterAsync(Guid runId, CancellationToken cancellationToken) =>
        Locks.EnterAsync(runId, cancellationToken);

    /// <summary>Runs <paramref name="work"/> in a transaction that holds the lock.</summary>
    /// <param name="work">Is given whether the run takes place, not being cancelled.</param>
    public async Task<T> RunLockedAsync<T>(
        Guid runId,
        string @class,
        Func<NpgsqlConnection, DbTransaction, bool, Task<T>> work,
        CancellationToken cancellationToken
    )
    {
        using var turn = await Locks.EnterAsync(runId, cancellationToken);
        return await database.InTransactionAsync(
            async (connection, transaction) =>
                await work(connection, transaction, await LockAsync(connection, transaction, runId, @class, cancellationToken)),
            cancellationToken
        );
    }

    // False when the run is cancelled.
    static async Task<bool> LockAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid runId,
        string @class,
        CancellationToken cancellationToken
    )
    {
        // The second statement sees what was committed while the first one waited.
        await using var results = await connection.QueryMultipleAsync(
            new(
                """
                select 1 from train_classes where run_id = @runId and class = @class for update;
                select cancelled_at is null from train_runs where id = @runId
                """,
                new { runId, @class },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        await results.ReadAsync<int>();
        return await results.ReadSingleOrDefaultAsync<bool>();
    }
}
