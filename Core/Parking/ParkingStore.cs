using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tickets;
using Npgsql;

namespace FunctionsApp.Core.Parking;

/// <summary>
/// All SQL of the module. A ticket, its spot and the count of taken spots change in one statement. Within it rows are found by subqueries
/// instead of joins: while statistics know nothing of a lot that was just made, Postgres would rather join all of its spots.
/// </summary>
public sealed class ParkingStore(PostgresDatabase database)
{
    const string TicketColumns = "id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee";

    /// <summary>
    /// Closes a ticket ($1 lot, $2 ticket, $3 exit, $4 fee, $5 first stripe to try) and frees its spot; the benchmark gives
    /// pgbench the same.
    /// </summary>
    /// <param name="wait">For a stripe that others are counting on; else they are passed over, and when there is no other nothing is
    /// done.</param>
    internal static string Exit(bool wait) =>
        $"""
            with open as materialized (
                select spot_kind from parking_tickets where lot_id = $1 and id = $2 and exited_at is null for update
            ), stripe as materialized (
                select kind, stripe from parking_occupancy where lot_id = $1 and kind = (select spot_kind from open)
                    order by stripe < $5, stripe limit 1 for update {Passing(wait)}
            ), closed as (
                update parking_tickets set exited_at = $3, fee = $4, plate = case when erase_plate then '{ParkingRequestStore.Erased}'
                    else plate end where lot_id = $1 and id = $2 and spot_kind = (select kind from stripe)
                returning {TicketColumns}
            ), freed as (
                update parking_spots set ticket_id = null where lot_id = $1 and kind = (select spot_kind from closed)
                    and number = (select spot_number from closed)
            ), counted as (
                update parking_occupancy set taken = taken - 1 where lot_id = $1 and kind = (select kind from stripe)
                    and stripe = (select stripe from stripe)
            )
            select {TicketColumns} from closed
            """;

    // How locked rows are treated.
    static string Passing(bool wait) => wait ? "" : "skip locked";

    const string PlateInside = "parking_tickets_inside",
        KeyUsed = "parking_tickets_key";

    /// <summary>Adds a lot with all its spots. The largest has so many that this takes seconds.</summary>
    public async Task AddLotAsync(Guid id, NewParkingLot lot, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await AddLotAsync(connection, null, id, lot, cancellationToken);
    }

    /// <summary>Adds a lot unless this user added one with this key.</summary>
    /// <returns>The id of the lot that was added with the key before; null when this one was added.</returns>
    public Task<Guid?> AddLotOnceAsync(Guid id, NewParkingLot lot, Guid userId, string key, CancellationToken cancellationToken) =>
        database.InLongTransactionAsync<Guid?>(
            async (connection, transaction) =>
            {
                // Waits for another request with this key, if one is on its way.
                var isNew =
                    await connection.ExecuteAsync(
                        new(
                            "insert into parking_lot_keys (user_id, idempotency_key, lot_id) values (@userId, @key, @id) on conflict "
                                + "(user_id, idempotency_key) do nothing",
                            new
                            {
                                userId,
                                key,
                                id,
                            },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    ) == 1;
                if (!isNew)
                {
                    return await connection.QuerySingleAsync<Guid>(
                        new(
                            "select lot_id from parking_lot_keys where user_id = @userId and idempotency_key = @key",
                            new { userId, key },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    );
                }

                await AddLotAsync(connection, transaction, id, lot, cancellationToken);
                return null;
            },
            cancellationToken
        );

    static Task AddLotAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        Guid id,
        NewParkingLot lot,
        CancellationToken cancellationToken
    )
    {
        Rate[] rates = [lot.Rates.Motorcycle, lot.Rates.Car, lot.Rates.Truck];
        return connection.ExecuteAsync(
            new(
                """
                with lot as (
                    insert into parking_lots (id, name, time_zone) values (@id, @Name, @TimeZone)
                ), rates as (
                    insert into parking_rates (lot_id, kind, spots, grace_minutes, first_hour, further_hour, day_cap)
                    select @id, kind - 1, spots, grace_minutes, first_hour, further_hour, day_cap
                    from unnest(@Spots, @Grace, @FirstHour, @FurtherHour, @DayCap) with ordinality as r (spots, grace_minutes,
                        first_hour, further_hour, day_cap, kind)
                ), occupancy as (
                    insert into parking_occupancy (lot_id, kind, stripe) select @id, kind, stripe from generate_series(0,
                        2) kind, generate_series(0, 63) stripe
                )
                insert into parking_spots (lot_id, kind, number)
                select @id, kind - 1, number from unnest(@Spots) with ordinality as k (spots, kind), generate_series(1, spots) number
                """,
                new
                {
                    id,
                    lot.Name,
                    lot.TimeZone,
                    Spots = new[] { lot.Spots.Motorcycle, lot.Spots.Car, lot.Spots.Truck },
                    Grace = rates.Select(rate => rate.GraceMinutes).ToArray(),
                    FirstHour = rates.Select(rate => rate.FirstHour).ToArray(),
                    FurtherHour = rates.Select(rate => rate.FurtherHour).ToArray(),
                    DayCap = rates.Select(rate => rate.DayCap).ToArray(),
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A lot and how full it is.</summary>
    public async Task<ParkingLot?> ReadLotAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        LotRow[] rows =
        [
            .. await connection.QueryAsync<LotRow>(
                new(
                    """
                    select l.id, l.name, l.time_zone, l.created_at, r.spots, r.grace_minutes, r.first_hour, r.further_hour, r.day_cap,
                           (select sum(o.taken) from parking_occupancy o where o.lot_id = $1 and o.kind = r.kind)::integer as taken
                    from parking_lots l join parking_rates r on r.lot_id = l.id
                    where l.id = $1
                    order by r.kind
                    """,
                    new Positional().Add(id),
                    cancellationToken: cancellationToken
                )
            ),
        ];
        return rows is [var motorcycle, var car, var truck]
            ? new(
                id,
                car.Name,
                car.TimeZone,
                new(motorcycle.Rate, car.Rate, truck.Rate),
                new(motorcycle.Occupancy, car.Occupancy, truck.Occupancy),
                car.CreatedAt
            )
            : null;
    }

    /// <summary>What a vehicle pays in a lot, and the lot's time zone.</summary>
    public async Task<(Rate Rate, string TimeZone)?> ReadRateAsync(Guid lotId, Vehicle vehicle, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<LotRow>(
            new(
                """
                select l.id, l.name, l.time_zone, l.created_at, r.spots, r.grace_minutes, r.first_hour, r.further_hour, r.day_cap,
                    0 as taken
                from parking_lots l join parking_rates r on r.lot_id = l.id
                where l.id = $1 and r.kind = $2
                """,
                new Positional().Add(lotId).Add((short)vehicle),
                cancellationToken: cancellationToken
            )
        );
        return row is null ? null : (row.Rate, row.TimeZone);
    }

    /// <summary>
    /// Takes a spot and writes the ticket ($1 lot, $2 vehicle, $3 ticket, $4 first stripe to try, $5 user, $6 plate, $7 now, $8
    /// key); the benchmark gives pgbench the same.
    /// </summary>
    /// <param name="wait">For spots that others are taking; else they are passed over.</param>
    internal static string Enter(bool wait) =>
        $"""
            with spot as (
                select kind, number from parking_spots
                where lot_id = $1 and kind >= $2 and ticket_id is null
                order by kind, number limit 1
                for update {Passing(wait)}
            ), stripe as materialized (
                select kind, stripe from parking_occupancy where lot_id = $1 and kind = (select kind from spot) order by stripe < $4,
                    stripe limit 1 for update {Passing(wait)}
            ), taken as (
                update parking_spots set ticket_id = $3 where lot_id = $1 and kind = (select kind from stripe)
                    and number = (select number from spot)
                returning kind, number
            ), counted as (
                update parking_occupancy set taken = taken + 1 where lot_id = $1 and kind = (select kind from stripe)
                    and stripe = (select stripe from stripe)
            )
            insert into parking_tickets (lot_id, id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, idempotency_key)
            select $1, $3, $5, $6, $2, kind, number, $7, $8::text from taken
            returning {TicketColumns}
            """;

    /// <summary>Takes a spot for a vehicle and writes its ticket.</summary>
    /// <param name="wait">Whether to wait for spots that others hold locked, instead of passing them over.</param>
    /// <returns>The ticket; or none, and whether this user has a stay with the plate already. Neither: no spot was found, or the key was
    /// used.</returns>
    public async Task<(ParkingTicket? Ticket, bool PlateInside)> EnterAsync(
        Guid lotId,
        Guid id,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string? key,
        DateTime now,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        try
        {
            return (
                await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
                    new(
                        Enter(wait),
                        new Positional().Add(lotId).Add((short)vehicle).Add(id).Add(AnyStripe()).Add(userId).Add(plate).Add(now).Add(key),
                        cancellationToken: cancellationToken
                    )
                ),
                false
            );
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: PlateInside or KeyUsed })
        {
            return (null, e.ConstraintName == PlateInside);
        }
    }

    /// <summary>Whether a vehicle would find a free spot, be it about to be taken. Null: no such lot.</summary>
    public async Task<bool?> HasFreeSpotAsync(Guid lotId, Vehicle vehicle, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<bool?>(
            new(
                "select exists (select 1 from parking_spots where lot_id = $1 and kind >= $2 and ticket_id is null) from parking_lots "
                    + "where id = $1",
                new Positional().Add(lotId).Add((short)vehicle),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <param name="owner">Whose ticket it has to be; null for anybody's.</param>
    public async Task<ParkingTicket?> ReadTicketAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                $"select {TicketColumns} from parking_tickets where lot_id = $1 and id = $2 and ($3::uuid is null or user_id = $3) and "
                    + "refusal is null",
                new Positional().Add(lotId).Add(id).Add(owner),
                cancellationToken: cancellationToken
            )
        );
    }

    public async Task<ParkingTicket?> ReadTicketByKeyAsync(Guid lotId, Guid userId, string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                $"select {TicketColumns} from parking_tickets where lot_id = $1 and user_id = $2 and idempotency_key = $3 and refusal "
                    + "is null",
                new Positional().Add(lotId).Add(userId).Add(key),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A user's tickets of all lots, newest first.</summary>
    /// <param name="before">Only those older than this one; null for the newest.</param>
    public async Task<IReadOnlyList<ParkingTicket>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<ParkingTicket>(
                new(
                    $"select {TicketColumns} from parking_tickets where user_id = $1 and refusal is null and ($2::uuid is null or id < "
                        + "$2) order by id desc limit $3",
                    new Positional().Add(userId).Add(before).Add(limit),
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>
    /// Marks an open ticket as used. Repeated by the same inspector at the same place within <see cref="Admission.RepeatWindow"/>
    /// it succeeds again.
    /// </summary>
    /// <returns>Whether the ticket was marked now, or this is such a repetition.</returns>
    public async Task<bool> AdmitAsync(Guid lotId, Guid id, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    update parking_tickets set admitted_at = least(admitted_at, now()), admitted_by = @inspector, admitted_where = @place
                    where lot_id = @lotId and id = @id
                      and (admitted_at is null and exited_at is null
                        or admitted_by = @inspector and admitted_where is not distinct from @place and admitted_at > now() - @RepeatWindow)
                    """,
                    new
                    {
                        lotId,
                        id,
                        inspector,
                        place,
                        Admission.RepeatWindow,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    public async Task<Admission?> ReadAdmissionAsync(Guid lotId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Admission>(
            new(
                "select admitted_at as at, admitted_by as by, admitted_where as place from parking_tickets where lot_id = @lotId and "
                    + "id = @id and admitted_at is not null",
                new { lotId, id },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Closes a ticket and frees its spot.</summary>
    /// <param name="wait">As in <see cref="Exit"/>.</param>
    /// <returns>The closed ticket; null when it was closed before, or nothing was done.</returns>
    public async Task<ParkingTicket?> ExitAsync(
        ParkingTicket ticket,
        DateTime exited,
        decimal fee,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                Exit(wait),
                new Positional().Add(ticket.LotId).Add(ticket.Id).Add(exited).Add(fee).Add(AnyStripe()),
                cancellationToken: cancellationToken
            )
        );
    }

    // Where to begin to look for a stripe that no other request is updating. It does not matter which: only the sum does.
    static short AnyStripe() => (short)Random.Shared.Next(64);

    sealed record LotRow(
        Guid Id,
        string Name,
        string TimeZone,
        DateTime CreatedAt,
        int Spots,
        int GraceMinutes,
        decimal FirstHour,
        decimal FurtherHour,
        decimal DayCap,
        int Taken
    )
    {
        public Rate Rate => new(GraceMinutes, FirstHour, FurtherHour, DayCap);

        public KindOccupancy Occupancy => new(Spots, Taken);
    }
}
