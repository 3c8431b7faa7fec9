using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>
/// The SQL that takes free seats. It locks nothing but the free segments it takes, and passes over those that others are taking. A
/// statement takes one seat for each passenger, or nothing.
/// </summary>
public sealed class PurchaseStore(PostgresDatabase database)
{
    /// <summary>
    /// Issues a ticket for one passenger on the best fitting free segment that no other request is taking; the benchmark gives pgbench the
    /// same. Parameters: $1 run, $2 class, $3 first and $4 last stop, $5 ticket, $6 user, $7 passengers, $8 fare, $9 idempotency key.
    /// </summary>
    internal const string IssueOne = """
        with pick as materialized (
            select seat, starts, ends from free_segments
            where run_id = $1 and class = $2 and ends - starts >= $4::int - $3::int and starts <= $3 and ends >= $4
            order by ends - starts, starts, seat limit 1 for update skip locked
        ), picked as materialized (
            select array_agg(seat order by seat) as seats from pick having count(*) = cardinality($7::text[])
        ), taken as (
            delete from free_segments f using pick, picked where f.run_id = $1 and f.seat = pick.seat and f.starts = pick.starts
                and pick.starts = $3
        ), before as (
            update free_segments f set ends = $3 from pick, picked where f.run_id = $1 and f.seat = pick.seat
                and f.starts = pick.starts and pick.starts < $3
        ), after as (
            insert into free_segments (run_id, seat, starts, ends, class) select $1, seat, $4, pick.ends, $2 from pick, picked
                where $4 < pick.ends
        )
        insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
        select $1, $5, $6, $2, $3, $4, $7, seats, $8, 'confirmed', $9 from picked
        returning seats, issued_at
        """;

    // Issues a ticket on chosen seats, unless another request has or is taking one. Parameters as above, and $10 seats.
    const string IssueChosen = """
        with pick as materialized (
            select seat, starts, ends from free_segments
            where run_id = $1 and seat = any($10) and starts <= $3 and ends >= $4
            order by seat for update skip locked
        ), picked as materialized (
            select array_agg(seat order by seat) as seats from pick having count(*) = cardinality($7::text[])
        ), taken as (
            delete from free_segments f using pick, picked where f.run_id = $1 and f.seat = pick.seat and f.starts = pick.starts
                and pick.starts = $3
        ), before as (
            update free_segments f set ends = $3 from pick, picked where f.run_id = $1 and f.seat = pick.seat
                and f.starts = pick.starts and pick.starts < $3
        ), after as (
            insert into free_segments (run_id, seat, starts, ends, class) select $1, seat, $4, pick.ends, $2 from pick, picked
                where $4 < pick.ends
        )
        insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
        select $1, $5, $6, $2, $3, $4, $7, seats, $8, 'confirmed', $9 from picked
        returning seats, issued_at
        """;

    // The same, but waits for those who are taking one of the seats.
    const string IssueChosenWaiting = """
        with pick as materialized (
            select seat, starts, ends from free_segments
            where run_id = $1 and seat = any($10) and starts <= $3 and ends >= $4
            order by seat for update
        ), picked as materialized (
            select array_agg(seat order by seat) as seats from pick having count(*) = cardinality($7::text[])
        ), taken as (
            delete from free_segments f using pick, picked where f.run_id = $1 and f.seat = pick.seat and f.starts = pick.starts
                and pick.starts = $3
        ), before as (
            update free_segments f set ends = $3 from pick, picked where f.run_id = $1 and f.seat = pick.seat
                and f.starts = pick.starts and pick.starts < $3
        ), after as (
            insert into free_segments (run_id, seat, starts, ends, class) select $1, seat, $4, pick.ends, $2 from pick, picked
                where $4 < pick.ends
        )
        insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
        select $1, $5, $6, $2, $3, $4, $7, seats, $8, 'confirmed', $9 from picked
        returning seats, issued_at
        """;

    sealed class Taken
    {
        public required short[] Seats { get; init; }
        public DateTime IssuedAt { get; init; }
    }

    sealed record FreeRow(short Seat, short Starts, short Ends);

    /// <summary>Issues a ticket for one passenger, in one round trip.</summary>
    /// <returns>Null when no seat is free that no other request is taking.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public async Task<TrainTicket?> IssueOneAsync(
        Guid runId,
        Guid id,
        TicketRequest request,
        decimal fare,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await TakeAsync(connection, null, IssueOne, runId, id, request, fare, null, cancellationToken);
    }

    /// <summary>Issues a ticket on seats chosen before.</summary>
    /// <returns>Null when another has or is taking one of them.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public async Task<TrainTicket?> IssueChosenAsync(
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat> seats,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await TakeAsync(connection, null, IssueChosen, run.Id, id, request, fare, seats, cancellationToken);
    }

    /// <summary>As <see cref="IssueChosenAsync"/> in a transaction, waiting for those who are taking the seats.</summary>
    internal static Task<TrainTicket?> IssueChosenWaitingAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat> seats,
        CancellationToken cancellationToken
    ) => TakeAsync(connection, transaction, IssueChosenWaiting, run.Id, id, request, fare, seats, cancellationToken);

    /// <summary>The free segments of a class, in any order.</summary>
    public async Task<IReadOnlyList<FreeSeat>> ReadFreeAsync(TrainRun run, string @class, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await ReadFreeAsync(connection, null, run, @class, cancellationToken);
    }

    internal static async Task<IReadOnlyList<FreeSeat>> ReadFreeAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        TrainRun run,
        string @class,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection.QueryAsync<FreeRow>(
            new(
                "select seat, starts, ends from free_segments where run_id = @Id and class = @class",
                new { run.Id, @class },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        return [.. rows.Select(row => new FreeSeat(run.Seats[row.Seat - 1], new(row.Starts, row.Ends)))];
    }

    static async Task<TrainTicket?> TakeAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        string sql,
        Guid runId,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat>? seats,
        CancellationToken cancellationToken
    )
    {
        var parameters = new Positional()
            .Add(runId)
            .Add(request.Class)
            .Add((short)request.Segment.Starts)
            .Add((short)request.Segment.Ends)
            .Add(id)
            .Add(request.UserId)
            .Add(request.Passengers.ToArray())
            .Add(fare)
            .Add(request.Key);
        if (seats is not null)
            parameters.Add(seats.Select(one => (short)one.Seat.Ordinal).ToArray());
        try
        {
            if (
                await connection.QuerySingleOrDefaultAsync<Taken>(new(sql, parameters, transaction, cancellationToken: cancellationToken))
                is not { } taken
            )
                return null;
            return new(
                runId,
                id,
                request.UserId,
                request.Class,
                request.Segment,
                request.Passengers,
                [.. taken.Seats.Select(seat => (int)seat)],
                fare,
                TrainTicketStatus.Confirmed,
                null,
                null,
                taken.IssuedAt,
                null,
                null,
                null,
                null
            );
        }
        catch (PostgresException e) when (e.ConstraintName == PurchaseKeyStore.Constraint)
        {
            throw new KeyTakenException(e);
        }
    }

    internal static RefusedException Contended() =>
        new(Refusal.Busy, "Too many requests for these seats. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
