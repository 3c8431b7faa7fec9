using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that finds runs, and what is free on them, without a lock.</summary>
public sealed class TrainSearchStore(PostgresDatabase database)
{
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

    /// <summary>Runs that call at one station and later at the other, newest first, with one more than the page holds.</summary>
    public async Task<IReadOnlyList<Connection>> SearchAsync(
        string from,
        string to,
        DateOnly date,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
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
        await using var connection = await database.OpenForReadAsync(cancellationToken);
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

    /// <summary>
    /// Whether a run still has seats or a place on the waitlist for a request: one read, without a lock. Seats that others are taking
    /// count as free.
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
                // $1 run, $2 class, $3 first and $4 last stop, $5 passengers, $6 limit of the waitlist.
                """
                select coalesce((select cancelled_at is not null from train_runs where id = $1), false) as cancelled,
                       (select count(*) from (
                           select 1 from free_segments
                           where run_id = $1 and class = $2 and ends - starts >= $4::int - $3::int and starts <= $3
                               and ends >= $4 limit $5) as free) < $5
                   and (select count(*) from (select 1 from train_tickets where run_id = $1 and class = $2
                       and status = 'waitlisted' limit $6) as waitlist) >= $6 as sold_out
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
}
