using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that adds tickets to the waitlist and confirms them when seats come free, both under the lock of the class.</summary>
public sealed class WaitlistStore(ClassLockStore locks)
{
    // Each attempt fails when a buyer took a seat after it was read.
    const int MaxAttempts = 50;

    // Adds a ticket at the end of the waitlist, unless it has @limit tickets.
    const string Add = """
        select _first_position as first_position, _issued_at as issued_at
        from waitlist_train_ticket_1(@RunId, @Class, @Starts, @Ends, @id, @UserId, @Passengers, @fare, @Key, @limit)
        """;

    // Carries out a plan, or nothing of it when one of its free segments changed.
    const string CarryOut = """
        select confirm_train_tickets_1(
            @RunId, @Class, @Seats, @Starts, @Ends, @Kept, @LeftSeats, @LeftStarts, @LeftEnds, @Tickets, @TicketSeats)
        """;

    sealed record WaitingRow(Guid Id, Guid UserId, short Starts, short Ends, int Passengers);

    /// <summary>Issues a ticket if it fits, waiting for those who are taking seats; else adds it to the waitlist.</summary>
    /// <returns>Null when the waitlist has <paramref name="limit"/> tickets already, or the run is cancelled.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public Task<TrainTicket?> IssueOrWaitlistAsync(
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        int limit,
        CancellationToken cancellationToken
    ) =>
        locks.RunLockedAsync(
            run.Id,
            request.Class,
            async (connection, transaction, takesPlace) =>
            {
                if (!takesPlace)
                    return null;
                for (var i = 0; ; i++)
                {
                    var free = await PurchaseStore.ReadFreeAsync(connection, transaction, run, request.Class, cancellationToken);
                    if (SeatChoice.Choose(free, request.Segment, request.Passengers.Count) is not { } seats)
                        return await AddAsync(connection, transaction, run, id, request, fare, limit, cancellationToken);
                    if (i == MaxAttempts)
                        throw PurchaseStore.Contended();
                    if (
                        await PurchaseStore.IssueChosenWaitingAsync(
                            connection,
                            transaction,
                            run,
                            id,
                            request,
                            fare,
                            seats,
                            cancellationToken
                        ) is
                        { } ticket
                    )
                        return ticket;
                }
            },
            cancellationToken
        );

    /// <summary>
    /// Gives what is free to the waitlist, first come first served. Tickets of deleted accounts and those whose train has left are passed
    /// over.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when buyers repeatedly took the seats first.</exception>
    internal static async Task ConfirmAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        TrainRun run,
        string @class,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var waitlist = (
            await connection.QueryAsync<WaitingRow>(
                new(
                    """
                    select id, user_id, starts, ends, cardinality(passengers) as passengers from train_tickets
                    where run_id = @Id and class = @class and status = 'waitlisted' order by waitlist_number
                    """,
                    new { run.Id, @class },
                    transaction,
                    cancellationToken: cancellationToken
                )
            )
        ).Select(row => new Waiting(row.Id, row.UserId, new(row.Starts, row.Ends), row.Passengers)).ToList();
        HashSet<Guid>? existing = null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            // Before each plan: who is confirmed loses the full refund.
            var now = time.GetUtcNow().UtcDateTime;
            waitlist.RemoveAll(ticket => run.HasLeft(ticket.Segment.Starts, now));
            if (waitlist.Count == 0)
                return;
            var free = await PurchaseStore.ReadFreeAsync(connection, transaction, run, @class, cancellationToken);
            var plan = WaitlistPlan.Of(free, waitlist);
            if (plan.Confirmed.Count == 0)
                return;
            if (existing is null)
            {
                existing = await ExistingUsersStore.ReadAsync(
                    connection,
                    transaction,
                    waitlist.Select(ticket => ticket.UserId),
                    cancellationToken
                );
                if (waitlist.RemoveAll(ticket => !existing.Contains(ticket.UserId)) > 0)
                    plan = WaitlistPlan.Of(free, waitlist);
                if (plan.Confirmed.Count == 0)
                    return;
            }

            if (
                await connection.ExecuteScalarAsync<bool>(
                    new(CarryOut, Parameters(run, @class, plan), transaction, cancellationToken: cancellationToken)
                )
            )
                return;
        }

        throw PurchaseStore.Contended();
    }

    static async Task<TrainTicket?> AddAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        int limit,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var (position, issuedAt) = await connection.QuerySingleAsync<(int? FirstPosition, DateTime IssuedAt)>(
                new(
                    Add,
                    new
                    {
                        RunId = run.Id,
                        request.Class,
                        limit,
                        id,
                        request.UserId,
                        Starts = (short)request.Segment.Starts,
                        Ends = (short)request.Segment.Ends,
                        Passengers = request.Passengers.ToArray(),
                        fare,
                        request.Key,
                    },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
            return position is null ? null : TrainTicket.Issue(run.Id, id, request, fare, [], position, issuedAt);
        }
        catch (PostgresException e) when (e.Violates(PurchaseKeyStore.Constraint))
        {
            throw new KeyTakenException(e);
        }
    }

    static object Parameters(TrainRun run, string @class, WaitlistPlan plan)
    {
        var kept = plan.Left.ToDictionary(one => (one.Seat, one.Free.Starts), one => one.Free.Ends);
        List<short?> newEnds = [];
        foreach (var used in plan.Used)
            newEnds.Add(kept.Remove((used.Seat, used.Free.Starts), out var ends) ? (short)ends : null);
        var added = kept.ToList();
        return new
        {
            RunId = run.Id,
            Class = @class,
            Seats = Array(plan.Used, one => one.Seat.Ordinal),
            Starts = Array(plan.Used, one => one.Free.Starts),
            Ends = Array(plan.Used, one => one.Free.Ends),
            Kept = newEnds.ToArray(),
            LeftSeats = Array(added, one => one.Key.Seat.Ordinal),
            LeftStarts = Array(added, one => one.Key.Starts),
            LeftEnds = Array(added, one => one.Value),
            Tickets = plan.Confirmed.Select(one => one.Ticket.Id).ToArray(),
            TicketSeats = plan.Confirmed.Select(one => $"{{{string.Join(',', one.Seats.Select(seat => seat.Seat.Ordinal))}}}").ToArray(),
        };
    }

    static short[] Array<T>(IReadOnlyList<T> list, Func<T, int> value) => [.. list.Select(one => (short)value(one))];
}
