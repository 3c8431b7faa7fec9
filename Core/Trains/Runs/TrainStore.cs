using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>All SQL of the module. This part: runs.</summary>
public sealed partial class TrainStore(PostgresDatabase database)
{
    sealed record RunRow(Guid Id, string Number, string Name, DateOnly ServiceDate, DateTime? CancelledAt);

    sealed record StopRow(string Station, DateTime? ArrivesAt, DateTime? DepartsAt, decimal DistanceKm);

    sealed record CoachRow(string Coach, string Class, int Seats, decimal FarePerKm);

    sealed record ConnectionRow(
        Guid RunId,
        string Number,
        string Name,
        DateOnly ServiceDate,
        short Starts,
        short Ends,
        DateTime? DepartsAt,
        DateTime? ArrivesAt,
        decimal DistanceKm
    );

    sealed record OfferRow(Guid RunId, string Class, decimal FarePerKm, long Free);

    /// <summary>Adds a run with all seats free, all or nothing. The largest has so many that this takes seconds.</summary>
    public async Task AddRunAsync(TrainRun run, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await AddRunAsync(connection, null, run, cancellationToken);
    }

    /// <summary>Adds a run unless this user added one with this key.</summary>
    /// <returns>The id of the run that was added with the key before; null when this one was added.</returns>
    public Task<Guid?> AddRunOnceAsync(TrainRun run, Guid userId, string key, CancellationToken cancellationToken) =>
        database.InLongTransactionAsync<Guid?>(
            async (connection, transaction) =>
            {
                // Waits for another request with this key, if one is on its way.
                var isNew =
                    await connection.ExecuteAsync(
                        new(
                            "insert into train_run_keys (user_id, idempotency_key, run_id) values (@userId, @key, @Id) on conflict "
                                + "(user_id, idempotency_key) do nothing",
                            new
                            {
                                userId,
                                key,
                                run.Id,
                            },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    ) == 1;
                if (!isNew)
                {
                    return await connection.QuerySingleAsync<Guid>(
                        new(
                            "select run_id from train_run_keys where user_id = @userId and idempotency_key = @key",
                            new { userId, key },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    );
                }

                await AddRunAsync(connection, transaction, run, cancellationToken);
                return null;
            },
            cancellationToken
        );

    static Task AddRunAsync(NpgsqlConnection connection, DbTransaction? transaction, TrainRun run, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            new(
                """
                with run as (
                    insert into train_runs (id, number, name, service_date) values (@Id, @Number, @Name, @ServiceDate)
                ), stops as (
                    insert into train_stops (run_id, position, station, station_key, service_date, arrives_at, departs_at, distance_km)
                    select @Id, position - 1, station, key, @ServiceDate, arrives, departs, distance
                    from unnest(@Stations, @Keys, @Arrivals, @Departures, @Distances) with ordinality as stop (station, key,
                        arrives, departs, distance, position)
                ), classes as (
                    insert into train_classes (run_id, class, fare_per_km) select @Id, class, fare from unnest(@Classes,
                        @Fares) as one (class, fare)
                ), coaches as (
                    select coach, class, count, sum(count) over (order by position) - count as before
                    from unnest(@Coaches, @CoachClasses, @CoachSeats) with ordinality as one (coach, class, count, position)
                ), new_seats as (
                    insert into seats (run_id, seat, class, coach, number) select @Id, before + number, class, coach, number
                        from coaches, generate_series(1, count) as number
                    returning seat, class
                )
                insert into free_segments (run_id, seat, starts, ends, class) select @Id, seat, 0, @Last, class from new_seats
                """,
                new
                {
                    run.Id,
                    run.Number,
                    run.Name,
                    run.ServiceDate,
                    Stations = run.Stops.Select(stop => stop.Station).ToArray(),
                    Keys = run.Stops.Select(stop => TrainName.Key(stop.Station)).ToArray(),
                    Arrivals = run.Stops.Select(stop => stop.ArrivesAt).ToArray(),
                    Departures = run.Stops.Select(stop => stop.DepartsAt).ToArray(),
                    Distances = run.Stops.Select(stop => stop.DistanceKm).ToArray(),
                    Classes = run.Fares.Keys.ToArray(),
                    Fares = run.Fares.Values.ToArray(),
                    Coaches = run.Coaches.Select(coach => coach.Name).ToArray(),
                    CoachClasses = run.Coaches.Select(coach => coach.Class).ToArray(),
                    CoachSeats = run.Coaches.Select(coach => coach.Seats).ToArray(),
                    Last = run.Stops.Count - 1,
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );

    public async Task<(TrainRun Run, DateTime? CancelledAt)?> ReadRunAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        if (
            await connection.QuerySingleOrDefaultAsync<RunRow>(
                new(
                    "select id, number, name, service_date, cancelled_at from train_runs where id = @id",
                    new { id },
                    cancellationToken: cancellationToken
                )
            )
            is not { } row
        )
            return null;
        var stops = await connection.QueryAsync<StopRow>(
            new(
                "select station, arrives_at, departs_at, distance_km from train_stops where run_id = @id order by position",
                new { id },
                cancellationToken: cancellationToken
            )
        );
        var coaches = await connection.QueryAsync<CoachRow>(
            new(
                """
                select coach, class, count(*)::int as seats, fare_per_km from seats join train_classes using (run_id, class)
                where run_id = @id group by coach, class, fare_per_km order by min(seat)
                """,
                new { id },
                cancellationToken: cancellationToken
            )
        );
        return (
            new TrainRun(
                row.Id,
                row.Number,
                row.Name,
                row.ServiceDate,
                [.. stops.Select(stop => new Stop(stop.Station, stop.ArrivesAt, stop.DepartsAt, stop.DistanceKm))],
                [.. coaches.Select(coach => new Coach(coach.Coach, coach.Class, coach.Seats, coach.FarePerKm))]
            ),
            row.CancelledAt
        );
    }

    /// <summary>Runs that call at one station and later at the other, newest first, with one more than the page holds.</summary>
    public async Task<IReadOnlyList<Connection>> SearchAsync(
        string from,
        string to,
        DateOnly date,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = (
            await connection.QueryAsync<ConnectionRow>(
                new(
                    """
                    select run_id, r.number, r.name, r.service_date, a.position as starts, b.position as ends, a.departs_at,
                        b.arrives_at, b.distance_km - a.distance_km as distance_km
                    from train_stops a join train_stops b using (run_id) join train_runs r on r.id = run_id
                    where a.station_key = @from and a.service_date = @date and b.station_key = @to and b.position > a.position
                      and r.cancelled_at is null and (@Before::uuid is null or run_id < @Before)
                    order by run_id desc limit @Limit + 1
                    """,
                    new
                    {
                        from,
                        to,
                        date,
                        page.Before,
                        page.Limit,
                    },
                    cancellationToken: cancellationToken
                )
            )
        ).ToList();
        var offers = (
            await connection.QueryAsync<OfferRow>(
                new(
                    """
                    select run_id, class, fare_per_km,
                           (select count(*) from free_segments f where f.run_id = c.run_id and f.class = c.class
                               and f.ends - f.starts >= wanted.ends - wanted.starts and f.starts <= wanted.starts
                               and f.ends >= wanted.ends) as free
                    from unnest(@Runs, @Starts, @Ends) as wanted (run_id, starts, ends) join train_classes c using (run_id)
                    order by class
                    """,
                    new
                    {
                        Runs = rows.Select(row => row.RunId).ToArray(),
                        Starts = rows.Select(row => row.Starts).ToArray(),
                        Ends = rows.Select(row => row.Ends).ToArray(),
                    },
                    cancellationToken: cancellationToken
                )
            )
        ).ToLookup(offer => offer.RunId);
        return
        [
            .. rows.Select(row => new Connection(
                row.RunId,
                row.Number,
                row.Name,
                row.ServiceDate,
                row.Starts,
                row.Ends,
                row.DepartsAt,
                row.ArrivesAt,
                row.DistanceKm,
                [
                    .. offers[row.RunId]
                        .Select(offer => new ClassOnOffer(
                            offer.Class,
                            (int)offer.Free,
                            decimal.Round(offer.FarePerKm * row.DistanceKm, 2, MidpointRounding.AwayFromZero)
                        )),
                ]
            )),
        ];
    }

    /// <summary>Ordinals of the seats that are free on the whole segment.</summary>
    public async Task<IReadOnlyList<int>> ReadFreeSeatsAsync(Guid runId, Segment wanted, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<int>(
                new(
                    "select seat::int from free_segments where run_id = @runId and starts <= @Starts and ends >= @Ends order by seat",
                    new
                    {
                        runId,
                        wanted.Starts,
                        wanted.Ends,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>Cancels a run and every ticket of it, with all of the fare back.</summary>
    /// <returns>Whether there is such a run.</returns>
    public Task<bool> CancelRunAsync(Guid id, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (connection, transaction) =>
            {
                if (await ExecuteAsync("update train_runs set cancelled_at = coalesce(cancelled_at, now()) where id = @id") == 0)
                    return false;
                // Whoever cancels or waitlists is waited for here, whoever takes a seat where that is deleted; then there is nothing left
                // to take.
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
}
