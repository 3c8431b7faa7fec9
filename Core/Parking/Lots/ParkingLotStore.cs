using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Parking;

/// <summary>The SQL of lots, their rates and free spots.</summary>
public sealed class ParkingLotStore(PostgresDatabase database)
{
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

    /// <summary>Adds a lot with all its spots. For the largest this takes seconds.</summary>
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
                // Waits for a concurrent request with this key.
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
                            // Its commit waits for the standbys: see KeyedWork.
                            "select lot_id from parking_lot_keys where user_id = @userId and idempotency_key = @key for key share",
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
                "select add_parking_lot_1(@id, @Name, @TimeZone, @Spots, @Grace, @FirstHour, @FurtherHour, @DayCap)",
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

    /// <summary>A lot and its occupancy.</summary>
    public async Task<ParkingLot?> ReadLotAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        LotRow[] rows =
        [
            .. await connection.QueryAsync<LotRow>(
                new(
                    """
                    select l.id, l.name, l.time_zone, l.created_at, r.spots, r.grace_minutes, r.first_hour, r.further_hour, r.day_cap,
                           (select sum(o.taken) from parking_occupancy o where o.lot_id = @id and o.kind = r.kind)::integer as taken
                    from parking_lots l join parking_rates r on r.lot_id = l.id
                    where l.id = @id
                    order by r.kind
                    """,
                    new { id },
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

    /// <summary>Whether there is a free spot for a vehicle, even one that is being taken. Null when there is no such lot.</summary>
    public async Task<bool?> HasFreeSpotAsync(Guid lotId, Vehicle vehicle, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<bool?>(
            new(
                // $1 lot, $2 vehicle.
                """
                select exists (select 1 from parking_spots where lot_id = $1 and kind >= $2 and ticket_id is null)
                from parking_lots where id = $1
                """,
                new Positional().Add(lotId).Add((short)vehicle),
                cancellationToken: cancellationToken
            )
        );
    }
}
