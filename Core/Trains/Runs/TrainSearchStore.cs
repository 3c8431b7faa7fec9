using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that finds runs, and what is free on them, without a lock.</summary>
public sealed class TrainSearchStore(PostgresDatabase database)
{
    // $1 and $2 the keys of the stations, $3 day, $4 the last run of the page before, or null, $5 the maximum number of runs. A row
    // for each class.
    const string Search = """
        with found as (
            select run_id, r.number, r.name, r.service_date, a.position as starts, b.position as ends, a.departs_at, b.arrives_at,
                b.distance_km - a.distance_km as distance_km
            from train_stops a join train_stops b using (run_id) join train_runs r on r.id = run_id
            where a.station_key = $1 and a.service_date = $3 and b.station_key = $2 and b.position > a.position
                and r.cancelled_at is null and ($4::uuid is null or run_id < $4)
            order by run_id desc limit $5
        )
        select run_id, found.number, found.name, found.service_date, found.starts, found.ends, found.departs_at, found.arrives_at,
            found.distance_km, c.class, c.fare_per_km,
            (
                select count(*) from free_segments f
                where f.run_id = c.run_id and f.class = c.class and f.ends - f.starts >= found.ends - found.starts
                    and f.starts <= found.starts and f.ends >= found.ends
            ) as free
        from found join train_classes c using (run_id)
        order by run_id desc, c.class
        """;

    sealed record OfferRow(
        Guid RunId,
        string Number,
        string Name,
        DateOnly ServiceDate,
        short Starts,
        short Ends,
        DateTime? DepartsAt,
        DateTime? ArrivesAt,
        decimal DistanceKm,
        string Class,
        decimal FarePerKm,
        long Free
    )
    {
        public Connection ConnectionWith(IEnumerable<OfferRow> offers) =>
            new(RunId, Number, Name, ServiceDate, Starts, Ends, DepartsAt, ArrivesAt, DistanceKm, [.. offers.Select(row => row.Offer)]);

        ClassOnOffer Offer => new(Class, (int)Free, decimal.Round(FarePerKm * DistanceKm, 2, MidpointRounding.AwayFromZero));
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
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        var offers = await connection.QueryAsync<OfferRow>(
            new(
                Search,
                new Positional().Add(from).Add(to).Add(date).Add(page.Before).Add(page.Limit + 1),
                cancellationToken: cancellationToken
            )
        );
        return [.. offers.GroupBy(row => row.RunId).Select(run => run.First().ConnectionWith(run))];
    }

    /// <summary>Ordinals of the seats that are free on the whole segment.</summary>
    public async Task<IReadOnlyList<int>> ReadFreeSeatsAsync(Guid runId, Segment wanted, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<int>(
                new(
                    "select seat::int from free_segments where run_id = $1 and starts <= $2 and ends >= $3 order by seat",
                    new Positional().Add(runId).Add(wanted.Starts).Add(wanted.Ends),
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
