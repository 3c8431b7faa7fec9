using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that cancels tickets and runs.</summary>
public sealed class CancellationStore(PostgresDatabase database, ClassLockStore locks, TimeProvider time)
{
    const string Cancel = """
        select _outcome as outcome, _seats as seats, _refund as refund, _refund_percent as refund_percent, _cancelled_at as cancelled_at
        from cancel_train_ticket_1(@RunId, @Class, @Id, @Amount, @Percent, @anyway)
        """;

    static readonly string cancelAll = $"""
        update train_tickets set status = 'cancelled', cancelled_at = now(), refund = fare, refund_percent = {Refund.FullPercent}
        where run_id = @id and status in ('confirmed', 'waitlisted')
        """;

    // What the function did.
    const string Cancelled = "cancelled",
        Awaited = "awaited";

    sealed class CancelledRow
    {
        public required string Outcome { get; init; }
        public short[]? Seats { get; init; }
        public decimal? Refund { get; init; }
        public short? RefundPercent { get; init; }
        public DateTime? CancelledAt { get; init; }
    }

    /// <summary>
    /// Cancels a ticket, frees its seats and gives them to waitlisted tickets that fit, first come, first served, all in one transaction.
    /// Tickets whose train has left stay on the waitlist. One round trip if no tickets are waitlisted.
    /// </summary>
    /// <param name="refund">What is paid back if the ticket has seats; all of the fare if it is waitlisted.</param>
    /// <returns>The ticket as it is now; null when it was not cancelled: it does not exist, was used or was cancelled before.</returns>
    public async Task<TrainTicket?> CancelTicketAsync(TrainRun run, TrainTicket ticket, Refund refund, CancellationToken cancellationToken)
    {
        CancelledRow row;
        using (await ClassLockStore.EnterAsync(run.Id, cancellationToken))
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            row = await CancelAsync(connection, null, ticket, refund, anyway: false, cancellationToken);
        }

        if (row.Outcome == Awaited)
        {
            row = await locks.RunLockedAsync(
                run.Id,
                ticket.Class,
                async (connection, transaction, _) =>
                {
                    var row = await CancelAsync(connection, transaction, ticket, refund, anyway: true, cancellationToken);
                    if (row is { Outcome: Cancelled, Seats.Length: > 0 })
                        await WaitlistStore.ConfirmAsync(connection, transaction, run, ticket.Class, time, cancellationToken);
                    return row;
                },
                cancellationToken
            );
        }

        return row.Outcome == Cancelled
            ? ticket with
            {
                Seats = [.. row.Seats!.Select(seat => (int)seat)],
                Status = TrainTicketStatus.Cancelled,
                Position = null,
                CancelledAt = row.CancelledAt,
                Refund = row.Refund,
                RefundPercent = row.RefundPercent,
            }
            : null;
    }

    /// <summary>Cancels a run and every ticket of it, with all of the fare back.</summary>
    /// <returns>Whether there is such a run.</returns>
    public Task<bool> CancelRunAsync(Guid id, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (connection, transaction) =>
            {
                if (await ExecuteAsync("update train_runs set cancelled_at = least(cancelled_at, now()) where id = @id") == 0)
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

                await ExecuteAsync(cancelAll);
                return true;

                Task<int> ExecuteAsync(string sql) =>
                    connection.ExecuteAsync(new(sql, new { id }, transaction, cancellationToken: cancellationToken));
            },
            cancellationToken
        );

    static Task<CancelledRow> CancelAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        TrainTicket ticket,
        Refund refund,
        bool anyway,
        CancellationToken cancellationToken
    ) =>
        connection.QuerySingleAsync<CancelledRow>(
            new(
                Cancel,
                new
                {
                    ticket.RunId,
                    ticket.Class,
                    ticket.Id,
                    refund.Amount,
                    Percent = (short)refund.Percent,
                    anyway,
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );
}
