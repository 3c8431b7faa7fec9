using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that confirms waitlisted tickets when seats come free. The caller holds the row of the run's class.</summary>
static class WaitlistStore
{
    // Each means that a buyer took what was read a moment before.
    const int MaxAttempts = 50;

    /// <summary>
    /// Carries out a plan, or nothing of it when one of its free segments changed. Parameters: $1 run, $2 class; $3 seats, $4 starts and
    /// $5 ends of the segments that are used; $6 the new ends of those that keep their start (null: nothing is left there); $7 to $9 what
    /// else is left; $10 the tickets and $11 their seats.
    /// </summary>
    const string CarryOut = """
        with used as materialized (
            select f.seat, f.starts, u.kept
            from unnest($3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[]) as u (seat, starts, ends, kept)
            cross join lateral (
                select seat, starts from free_segments where run_id = $1 and seat = u.seat and starts = u.starts
                    and ends = u.ends for update
            ) as f
        ), all_there as materialized (
            select count(*) as count from used having count(*) = cardinality($3::smallint[])
        ), removed as (
            delete from free_segments f using used, all_there where f.run_id = $1 and f.seat = used.seat and f.starts = used.starts
                and used.kept is null
        ), shortened as (
            update free_segments f set ends = used.kept from used, all_there
            where f.run_id = $1 and f.seat = used.seat and f.starts = used.starts and used.kept is not null
        ), added as (
            insert into free_segments (run_id, seat, starts, ends, class)
            select $1, seat, starts, ends, $2 from unnest($7::smallint[], $8::smallint[], $9::smallint[]) as a (seat, starts,
                ends), all_there
        )
        update train_tickets t set status = 'confirmed', seats = c.seats::smallint[]
        from unnest($10::uuid[], $11::text[]) as c (id, seats), all_there
        where t.run_id = $1 and t.id = c.id
        """;

    sealed record WaitingRow(Guid Id, Guid UserId, short Starts, short Ends, int Passengers);

    /// <summary>Gives what is free to the waitlist, first come first served. Tickets of deleted accounts are passed over.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when buyers were faster again and again.</exception>
    public static async Task ConfirmAsync(
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
                    where run_id = $1 and class = $2 and status = 'waitlisted' order by waitlist_number
                    """,
                    new Positional().Add(run.Id).Add(@class),
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
            var free = await TrainStore.ReadFreeAsync(connection, transaction, run, @class, cancellationToken);
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

        throw TrainStore.Contended();
    }

    static Positional Parameters(TrainRun run, string @class, WaitlistPlan plan)
    {
        var kept = plan.Left.ToDictionary(one => (one.Seat, one.Free.Starts), one => one.Free.Ends);
        List<short?> newEnds = [];
        foreach (var used in plan.Used)
            newEnds.Add(kept.Remove((used.Seat, used.Free.Starts), out var ends) ? (short)ends : null);
        var added = kept.ToList();
        return new Positional()
            .Add(run.Id)
            .Add(@class)
            .Add(Array(plan.Used, one => one.Seat.Ordinal))
            .Add(Array(plan.Used, one => one.Free.Starts))
            .Add(Array(plan.Used, one => one.Free.Ends))
            .Add(newEnds.ToArray())
            .Add(Array(added, one => one.Key.Seat.Ordinal))
            .Add(Array(added, one => one.Key.Starts))
            .Add(Array(added, one => one.Value))
            .Add(plan.Confirmed.Select(one => one.Ticket.Id).ToArray())
            .Add(plan.Confirmed.Select(one => $"{{{string.Join(',', one.Seats.Select(seat => seat.Seat.Ordinal))}}}").ToArray());
    }

    static short[] Array<T>(IReadOnlyList<T> list, Func<T, int> value) => [.. list.Select(one => (short)value(one))];
}
