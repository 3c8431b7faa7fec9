using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that cancels tickets and runs.</summary>
public sealed class CancellationStore(PostgresDatabase database, ClassLockStore locks)
{
    // Each attempt fails when another request took a segment after it was read.
    const int MaxAttempts = 50;

    const string Read = $"select {TrainTicketStore.Columns} from train_tickets t where run_id = @RunId and id = @Id",
        ReadForUpdate = $"{Read} for update";

    sealed record FreeRow(short Seat, short Starts, short Ends);

    /// <summary>
    /// Cancels a ticket, frees its seats and gives them to waitlisted tickets that fit, first come, first served, all in one transaction.
    /// </summary>
    /// <param name="refund">Decides by the ticket as it is then.</param>
    /// <returns>The ticket as it is now, also when it was cancelled or used before; null when there is no such ticket.</returns>
    public Task<TrainTicket?> CancelTicketAsync(
        TrainRun run,
        TrainTicket ticket,
        Func<TrainTicket, Refund> refund,
        CancellationToken cancellationToken
    ) =>
        locks.RunLockedAsync(
            run.Id,
            ticket.Class,
            async (connection, transaction, takesPlace) =>
            {
                if (!takesPlace)
                    return await ReadAsync(Read);
                var now = await ReadAsync(ReadForUpdate);
                if (now is null || now.Status == TrainTicketStatus.Cancelled || now.Use is not null)
                    return now;
                var back = refund(now);
                await connection.ExecuteAsync(
                    new(
                        """
                        update train_tickets set status = 'cancelled', cancelled_at = now(), refund = @Amount, refund_percent = @Percent
                        where run_id = @RunId and id = @Id
                        """,
                        new
                        {
                            back.Amount,
                            back.Percent,
                            now.RunId,
                            now.Id,
                        },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                foreach (var seat in now.Seats)
                    await FreeAsync(connection, transaction, run.Id, seat, now.Class, now.Segment, cancellationToken);
                if (now.Seats.Count > 0)
                    await WaitlistStore.ConfirmAsync(connection, transaction, run, now.Class, cancellationToken);
                return await ReadAsync(Read);

                async Task<TrainTicket?> ReadAsync(string sql) =>
                    (
                        await connection.QuerySingleOrDefaultAsync<TrainTicketRow>(
                            new(sql, new { ticket.RunId, ticket.Id }, transaction, cancellationToken: cancellationToken)
                        )
                    )?.ToTicket();
            },
            cancellationToken
        );

    /// <summary>Cancels a run and every ticket of it, with all of the fare back.</summary>
    /// <returns>Whether there is such a run.</returns>
    public Task<bool> CancelRunAsync(Guid id, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (connection, transaction) =>
            {
                if (await ExecuteAsync("update train_runs set cancelled_at = coalesce(cancelled_at, now()) where id = @id") == 0)
                    return false;
                // This waits for requests that cancel or waitlist, and the deletion for those that take a seat; then none is left.
                await ExecuteAsync("select 1 from train_classes where run_id = @id order by class for update");
                while (
                    await connection.ExecuteScalarAsync<bool>(
                        new(
                            "select exists (select 1 from free_segments where run_id = @id)",
                            new { id },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    )
                )
                {
                    await ExecuteAsync("delete from free_segments where run_id = @id");
                }

                await ExecuteAsync(
                    "update train_tickets set status = 'cancelled', cancelled_at = now(), refund = fare, refund_percent = 100 where "
                        + "run_id = @id and status in ('confirmed', 'waitlisted')"
                );
                return true;

                Task<int> ExecuteAsync(string sql) =>
                    connection.ExecuteAsync(new(sql, new { id }, transaction, cancellationToken: cancellationToken));
            },
            cancellationToken
        );

    // Adds a free segment, joined with those beside it. One that is being taken is waited for, until no neighbour is to be seen: then none
    // can come, for new ones are only made of what is to be seen, and by those who hold the class's row.
    static async Task FreeAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid runId,
        int seat,
        string @class,
        Segment segment,
        CancellationToken cancellationToken
    )
    {
        var (starts, ends) = segment;
        for (
            var i = 0;
            await connection.ExecuteScalarAsync<bool>(
                new(
                    "select exists (select 1 from free_segments where run_id = @runId and seat = @seat and (ends = @starts or starts "
                        + "= @ends))",
                    new
                    {
                        runId,
                        seat,
                        starts,
                        ends,
                    },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
            i++
        )
        {
            if (i == MaxAttempts)
                throw PurchaseStore.Contended();
            var joined = await connection.QueryAsync<FreeRow>(
                new(
                    "delete from free_segments where run_id = @runId and seat = @seat and (ends = @starts or starts = @ends) "
                        + "returning seat, starts, ends",
                    new
                    {
                        runId,
                        seat,
                        starts,
                        ends,
                    },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
            foreach (var row in joined)
                (starts, ends) = (Math.Min(starts, row.Starts), Math.Max(ends, row.Ends));
        }

        await connection.ExecuteAsync(
            new(
                "insert into free_segments (run_id, seat, starts, ends, class) values (@runId, @seat, @starts, @ends, @class)",
                new
                {
                    runId,
                    seat,
                    starts,
                    ends,
                    @class,
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );
    }
}
