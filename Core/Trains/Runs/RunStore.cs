using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that adds and reads runs.</summary>
public sealed class RunStore(PostgresDatabase database)
{
    sealed record RunRow(Guid Id, string Number, string Name, DateOnly ServiceDate, DateTime? CancelledAt);

    sealed record StopRow(string Station, DateTime? ArrivesAt, DateTime? DepartsAt, decimal DistanceKm);

    sealed record CoachRow(string Coach, string Class, int Seats, decimal FarePerKm);

    /// <summary>Adds a run with all seats free, atomically. For the largest this takes seconds.</summary>
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
                // Waits for a concurrent request with this key.
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
                            // Its commit waits for the standbys: see KeyedWork.
                            "select run_id from train_run_keys where user_id = @userId and idempotency_key = @key for key share",
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
                select add_train_run_1(@Id, @Number, @Name, @ServiceDate, @Stations, @Keys, @Arrivals, @Departures, @Distances, @Classes,
                    @Fares, @Coaches, @CoachClasses, @CoachSeats)
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
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );

    public async Task<(TrainRun Run, DateTime? CancelledAt)?> ReadRunAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
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
}
