using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tickets;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>
/// This part: tickets. Taking a free seat locks nothing but the free segments it takes, and passes by those that others are taking.
/// Cancelling and waitlisting, which have to know what is free, hold the row of the run's class: so no ticket is waitlisted while a seat
/// comes free.
/// </summary>
public sealed partial class TrainStore
{
    // Each means that another request took what was read a moment before.
    const int MaxAttempts = 50;

    const string KeyConstraint = "train_tickets_key";

    const string TicketColumns = """
        run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, first_position, issued_at, cancelled_at,
            refund, refund_percent, admitted_at, admitted_by, admitted_where,
        case when status = 'waitlisted' then (select count(*) from train_tickets line where line.run_id = t.run_id
            and line.class = t.class and line.status = 'waitlisted' and line.waitlist_number <= t.waitlist_number) end as position
        """;

    /// <summary>
    /// The best fitting free segment that no other request is taking. Parameters: $1 run, $2 class, $3 first and $4 last stop, $5 ticket,
    /// $6 user, $7 passengers, $8 fare, $9 idempotency key.
    /// </summary>
    const string PickOne = """
        select seat, starts, ends from free_segments
        where run_id = $1 and class = $2 and ends - starts >= $4::int - $3::int and starts <= $3 and ends >= $4
        order by ends - starts, starts, seat limit 1 for update skip locked
        """;

    // The ticket of the buyer; PickOne lists the parameters.
    const string Insert = """
        insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
        select $1, $5, $6, $2, $3, $4, $7, seats, $8, 'confirmed', $9 from picked
        returning seats, issued_at
        """;

    /// <summary>The statement that issues a ticket for one passenger; the benchmark gives pgbench the same.</summary>
    internal static readonly string IssueOne = Take(PickOne, "$7::text[]", Insert);

    static readonly string IssueChosen = Take(PickChosen("$10", "skip locked"), "$7::text[]", Insert),
        IssueChosenWaiting = Take(PickChosen("$10", ""), "$7::text[]", Insert);

    // Connections that cancellations and the waitlist of one run may hold at once: they wait for one lock, and others need connections too.
    const int LockHolders = 4,
        LockQueue = 1000;

    static readonly KeyedLimiter<Guid> Locks = new(
        LockHolders,
        LockQueue,
        TimeSpan.FromSeconds(5),
        "Too many requests for this run are waiting. Try again shortly."
    );

    sealed class Taken
    {
        public required short[] Seats { get; init; }
        public DateTime IssuedAt { get; init; }
    }

    sealed record FreeRow(short Seat, short Starts, short Ends);

    sealed class TicketRow
    {
        public Guid RunId { get; init; }
        public Guid Id { get; init; }
        public Guid UserId { get; init; }
        public required string Class { get; init; }
        public short Starts { get; init; }
        public short Ends { get; init; }
        public required string[] Passengers { get; init; }
        public required short[] Seats { get; init; }
        public decimal Fare { get; init; }
        public required string Status { get; init; }
        public int? FirstPosition { get; init; }
        public long? Position { get; init; }
        public DateTime IssuedAt { get; init; }
        public DateTime? CancelledAt { get; init; }
        public decimal? Refund { get; init; }
        public short? RefundPercent { get; init; }
        public DateTime? AdmittedAt { get; init; }
        public Guid? AdmittedBy { get; init; }
        public string? AdmittedWhere { get; init; }
        public string? Refusal { get; init; }
        public bool RefusalCounts { get; init; }

        public TrainTicket ToTicket() =>
            new(
                RunId,
                Id,
                UserId,
                Class,
                new(Starts, Ends),
                Passengers,
                [.. Seats.Select(seat => (int)seat)],
                Fare,
                Refusal is null ? Enum.Parse<TrainTicketStatus>(Status, ignoreCase: true) : TrainTicketStatus.Cancelled,
                FirstPosition,
                (int?)Position,
                IssuedAt,
                CancelledAt,
                Refund,
                RefundPercent,
                AdmittedAt is { } at ? new(at, AdmittedBy!.Value, AdmittedWhere) : null
            );
    }

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

    /// <summary>Issues a ticket if it fits, waiting for those who are taking seats; else puts it in the line.</summary>
    /// <returns>Null when the line has <paramref name="limit"/> tickets already, or the run is cancelled.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public Task<TrainTicket?> IssueOrWaitlistAsync(
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        int limit,
        CancellationToken cancellationToken
    ) =>
        WithLockAsync(
            run.Id,
            async (connection, transaction) =>
            {
                if (!await LockClassAsync(connection, transaction, run.Id, request.Class, cancellationToken))
                    return null;
                for (
                    var i = 0;
                    SeatChoice.Choose(
                        await ReadFreeAsync(connection, transaction, run, request.Class, cancellationToken),
                        request.Segment,
                        request.Passengers.Count
                    )
                        is { } seats;
                    i++
                )
                {
                    if (i == MaxAttempts)
                        throw Contended();
                    if (
                        await TakeAsync(connection, transaction, IssueChosenWaiting, run.Id, id, request, fare, seats, cancellationToken) is
                        { } ticket
                    )
                        return ticket;
                }

                try
                {
                    return (
                        await connection.QuerySingleOrDefaultAsync<TicketRow>(
                            new(
                                $"""
                                with line as (
                                    select count(*) as length from train_tickets where run_id = @RunId and class = @Class
                                        and status = 'waitlisted'
                                ), place as (
                                    update train_classes set next_waitlist_number = next_waitlist_number + 1 from line where run_id = @RunId
                                        and class = @Class and length < @limit returning next_waitlist_number - 1 as waitlist_number, length
                                ), t as (
                                    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare,
                                        status, waitlist_number, first_position, idempotency_key)
                                    select @RunId, @id, @UserId, @Class, @Starts, @Ends, @Passengers, array[]::smallint[],
                                        @fare, 'waitlisted', waitlist_number, length + 1, @Key from place
                                    returning run_id, id, user_id, class, starts, ends, passengers, seats, fare, status,
                                        first_position, issued_at
                                )
                                select run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, first_position,
                                    issued_at, first_position::bigint as position from t
                                """,
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
                        )
                    )?.ToTicket();
                }
                catch (PostgresException e) when (e.ConstraintName == KeyConstraint)
                {
                    throw new KeyTakenException(e);
                }
            },
            cancellationToken
        );

    public async Task<IReadOnlyList<FreeSeat>> ReadFreeAsync(TrainRun run, string @class, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await ReadFreeAsync(connection, null, run, @class, cancellationToken);
    }

    /// <summary>What is stored under a user's idempotency key: a ticket, or a refusal (then the ticket is what was asked for).</summary>
    public async Task<(TrainTicket Ticket, RefusedPurchase? Refused)?> FindByKeyAsync(
        Guid runId,
        Guid userId,
        string key,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<TicketRow>(
            new(
                $"""
                select {TicketColumns}, refusal, issued_at > now() - @Window as refusal_counts
                from train_tickets t where run_id = @runId and user_id = @userId and idempotency_key = @key
                """,
                new
                {
                    runId,
                    userId,
                    key,
                    RefusedPurchase.Window,
                },
                cancellationToken: cancellationToken
            )
        );
        return row is null ? null : (row.ToTicket(), row.Refusal is null ? null : new(row.Refusal, row.RefusalCounts));
    }

    /// <summary>
    /// Whether a run still has something for a request: one read, without a lock. Seats that others are taking count as
    /// free.
    /// </summary>
    public async Task<Availability> ReadAvailabilityAsync(
        Guid runId,
        TicketRequest request,
        int waitlistLimit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleAsync<Availability>(
            new(
                """
                select coalesce((select cancelled_at is not null from train_runs where id = $1), false) as cancelled,
                       (select count(*) from (
                           select 1 from free_segments
                           where run_id = $1 and class = $2 and ends - starts >= $4::int - $3::int and starts <= $3
                               and ends >= $4 limit $5) as free) < $5
                   and (select count(*) from (select 1 from train_tickets where run_id = $1 and class = $2
                       and status = 'waitlisted' limit $6) as line) >= $6 as sold_out
                """,
                new Positional()
                    .Add(runId)
                    .Add(request.Class)
                    .Add((short)request.Segment.Starts)
                    .Add((short)request.Segment.Ends)
                    .Add(request.Passengers.Count)
                    .Add(waitlistLimit),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Keeps a refusal under its idempotency key.</summary>
    /// <returns>False when the key was used already.</returns>
    public async Task<bool> RefuseAsync(Guid runId, Guid id, TicketRequest request, string reason, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status,
                        idempotency_key, refusal)
                    values (@runId, @id, @UserId, @Class, @Starts, @Ends, @Passengers, array[]::smallint[], 0, 'refused', @Key, @reason)
                    on conflict (run_id, user_id, idempotency_key) where idempotency_key is not null do nothing
                    """,
                    new
                    {
                        runId,
                        id,
                        request.UserId,
                        request.Class,
                        request.Segment.Starts,
                        request.Segment.Ends,
                        Passengers = request.Passengers.ToArray(),
                        request.Key,
                        reason,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    /// <summary>Removes a refusal that no longer counts, so that its key can be used again.</summary>
    public async Task RemoveRefusalAsync(Guid runId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from train_tickets where run_id = @runId and id = @id and status = 'refused'",
                new { runId, id },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Removes refusals of all runs that no longer count.</summary>
    public async Task RemoveRefusalsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from train_tickets where status = 'refused' and issued_at < now() - @Window",
                new { RefusedPurchase.Window },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <param name="owner">The user who has to own it; null for any.</param>
    public async Task<TrainTicket?> ReadTicketAsync(Guid runId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return (
            await connection.QuerySingleOrDefaultAsync<TicketRow>(
                new(
                    $"select {TicketColumns} from train_tickets t where run_id = @runId and id = @id and (@owner::uuid is null or "
                        + "user_id = @owner) and status <> 'refused'",
                    new
                    {
                        runId,
                        id,
                        owner,
                    },
                    cancellationToken: cancellationToken
                )
            )
        )?.ToTicket();
    }

    /// <summary>A user's tickets of all runs, newest first.</summary>
    public async Task<IReadOnlyList<TrainTicket>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<TicketRow>(
            new(
                $"select {TicketColumns} from train_tickets t where user_id = @userId and status <> 'refused' and (@before::uuid is "
                    + "null or id < @before) order by id desc limit @limit",
                new
                {
                    userId,
                    before,
                    limit,
                },
                cancellationToken: cancellationToken
            )
        );
        return [.. rows.Select(row => row.ToTicket())];
    }

    /// <summary>
    /// Cancels a user's ticket, frees its seats and gives them to those in the line whom they fit, first come first served, all in
    /// one transaction.
    /// </summary>
    /// <param name="refund">Decides by the ticket as it is then.</param>
    /// <returns>The ticket as it is now, also when it was cancelled before; null when the user has no such ticket, or it was
    /// used.</returns>
    public Task<TrainTicket?> CancelTicketAsync(
        TrainRun run,
        TrainTicket ticket,
        Func<TrainTicket, Refund> refund,
        CancellationToken cancellationToken
    ) =>
        WithLockAsync(
            run.Id,
            async (connection, transaction) =>
            {
                if (!await LockClassAsync(connection, transaction, run.Id, ticket.Class, cancellationToken))
                    return await ReadAsync();
                var now = await ReadAsync(" for update");
                if (now is null || now.Status == TrainTicketStatus.Cancelled || now.Admission is not null)
                    return now;
                var back = refund(now);
                await connection.ExecuteAsync(
                    new(
                        "update train_tickets set status = 'cancelled', cancelled_at = now(), refund = @Amount, refund_percent = "
                            + "@Percent where run_id = @RunId and id = @Id",
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
                return await ReadAsync();

                async Task<TrainTicket?> ReadAsync(string locking = "") =>
                    (
                        await connection.QuerySingleOrDefaultAsync<TicketRow>(
                            new(
                                $"select {TicketColumns} from train_tickets t where run_id = @RunId and id = @Id{locking}",
                                new { ticket.RunId, ticket.Id },
                                transaction,
                                cancellationToken: cancellationToken
                            )
                        )
                    )?.ToTicket();
            },
            cancellationToken
        );

    /// <summary>
    /// Marks a confirmed ticket as used. Repeated by the same inspector at the same place within
    /// <see cref="Admission.RepeatWindow"/> it succeeds again.
    /// </summary>
    /// <returns>Whether the ticket was marked now, or this is such a repetition.</returns>
    public async Task<bool> AdmitAsync(Guid runId, Guid id, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    update train_tickets set admitted_at = least(admitted_at, now()), admitted_by = @inspector, admitted_where = @place
                    where run_id = @runId and id = @id and status = 'confirmed'
                      and (admitted_at is null or admitted_by = @inspector and admitted_where is not distinct from @place
                          and admitted_at > now() - @RepeatWindow)
                    """,
                    new
                    {
                        runId,
                        id,
                        inspector,
                        place,
                        Admission.RepeatWindow,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    // Free segments of the seats that were chosen.
    static string PickChosen(string seats, string locking) =>
        $"select seat, starts, ends from free_segments where run_id = $1 and seat = any({seats}) and starts <= $3 and ends >= $4 "
        + $"order by seat for update {locking}";

    // Takes what was picked if it is one seat for each of `all`, else nothing; then the ticket is written from `picked`.
    static string Take(string pick, string all, string write) =>
        $"""
            with pick as materialized ({pick}), picked as materialized (
                select array_agg(seat order by seat) as seats from pick having count(*) = cardinality({all})
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
            {write}
            """;

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
            parameters.Add(Ordinals(seats));
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
        catch (PostgresException e) when (e.ConstraintName == KeyConstraint)
        {
            throw new KeyTakenException(e);
        }
    }

    async Task<TrainTicket?> WithLockAsync(
        Guid runId,
        Func<NpgsqlConnection, DbTransaction, Task<TrainTicket?>> work,
        CancellationToken cancellationToken
    )
    {
        using var turn = await Locks.EnterAsync(runId, cancellationToken);
        return await database.InTransactionAsync(work, cancellationToken);
    }

    // False when the run is cancelled.
    static async Task<bool> LockClassAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid runId,
        string @class,
        CancellationToken cancellationToken
    )
    {
        await connection.ExecuteAsync(
            new(
                "select 1 from train_classes where run_id = @runId and class = @class for update",
                new { runId, @class },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        return await connection.ExecuteScalarAsync<bool>(
            new(
                "select cancelled_at is null from train_runs where id = @runId",
                new { runId },
                transaction,
                cancellationToken: cancellationToken
            )
        );
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
                throw Contended();
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

    static short[] Ordinals(IReadOnlyList<FreeSeat> seats) => [.. seats.Select(one => (short)one.Seat.Ordinal)];

    internal static RefusedException Contended() =>
        new(Refusal.Busy, "Too many want these seats at once. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
}

/// <summary>There is a ticket with this idempotency key already; nothing was changed.</summary>
public sealed class KeyTakenException(Exception cause) : Exception("There is a ticket with this key.", cause);
