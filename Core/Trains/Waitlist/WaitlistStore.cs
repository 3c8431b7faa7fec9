using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Accounts;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that adds tickets to the waitlist and confirms them when seats come free, both under the lock of the class.</summary>
public sealed class WaitlistStore(ClassLockStore locks)
{
    // Each attempt fails when a buyer took a seat after it was read.
    const int MaxAttempts = 50;

    // Adds a ticket at the end of the waitlist, unless it has @limit tickets. Parameters: @RunId, @Class, @limit; @id, @UserId, @Starts and
    // @Ends, @Passengers, @fare and @Key of the ticket.
    const string Add = """
        with waitlist as (
            select count(*) as length from train_tickets where run_id = @RunId and class = @Class and status = 'waitlisted'
        ), numbered as (
            update train_classes set next_waitlist_number = next_waitlist_number + 1 from waitlist
            where run_id = @RunId and class = @Class and length < @limit
            returning next_waitlist_number - 1 as waitlist_number, length
        ), added as (
            insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare,
                status, waitlist_number, first_position, idempotency_key)
            select @RunId, @id, @UserId, @Class, @Starts, @Ends, @Passengers, array[]::smallint[],
                @fare, 'waitlisted', waitlist_number, length + 1, @Key from numbered
            returning run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, first_position, issued_at
        )
        select run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, first_position, issued_at,
            first_position::bigint as position from added
        """;

    // Carries out a plan, or nothing of it when one of its free segments changed. Parameters: @RunId, @Class; @Seats, @Starts and @Ends of
    // the segments that are used; @Kept, the new ends of those that keep their start (null: nothing is left there); @LeftSeats,
    // @LeftStarts and @LeftEnds of what else is left; @Tickets and @TicketSeats.
    const string CarryOut = """
        with used as materialized (
            select f.seat, f.starts, u.kept
            from unnest(@Seats::smallint[], @Starts::smallint[], @Ends::smallint[], @Kept::smallint[]) as u (seat, starts, ends, kept)
            cross join lateral (
                select seat, starts from free_segments where run_id = @RunId and seat = u.seat and starts = u.starts
                    and ends = u.ends for update
            ) as f
        ), all_there as materialized (
            select count(*) as count from used having count(*) = cardinality(@Seats::smallint[])
        ), removed as (
            delete from free_segments f using used, all_there where f.run_id = @RunId and f.seat = used.seat and f.starts = used.starts
                and used.kept is null
        ), shortened as (
            update free_segments f set ends = used.kept from used, all_there
            where f.run_id = @RunId and f.seat = used.seat and f.starts = used.starts and used.kept is not null
        ), added as (
            insert into free_segments (run_id, seat, starts, ends, class)
            select @RunId, seat, starts, ends, @Class
            from unnest(@LeftSeats::smallint[], @LeftStarts::smallint[], @LeftEnds::smallint[]) as a (seat, starts, ends), all_there
        )
        update train_tickets t set status = 'confirmed', seats = c.seats::smallint[]
        from unnest(@Tickets::uuid[], @TicketSeats::text[]) as c (id, seats), all_there
        where t.run_id = @RunId and t.id = c.id
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

    /// <summary>Gives what is free to the waitlist, first come first served. Tickets of deleted accounts are passed over.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when buyers repeatedly took the seats first.</exception>
    internal static async Task ConfirmAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        TrainRun run,
        string @class,
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
        if (waitlist.Count == 0)
            return;
        HashSet<Guid>? existing = null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
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
                await connection.ExecuteAsync(
                    new(CarryOut, Parameters(run, @class, plan), transaction, cancellationToken: cancellationToken)
                ) > 0
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
            var row = await connection.QuerySingleOrDefaultAsync<TrainTicketRow>(
                new(
                    Add,
                    new
                    {
                        RunId = run.Id,
                        request.Class,
                        limit,
                        id,
                        request.UserId,
                        request.Segment.Starts,
                        request.Segment.Ends,
                        Passengers = request.Passengers.ToArray(),
                        fare,
                        request.Key,
                    },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
            return row?.ToTicket();
        }
        catch (PostgresException e) when (e.ConstraintName == PurchaseKeyStore.Constraint)
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
