using System.Globalization;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Service;

/// <summary>Runs with seats to spare, and tickets for them. A run is replaced before it is sold out.</summary>
sealed class Timetable(ApiClient api, Administrator administrator, Accounts accounts)
{
    const int Stops = 64,
        Segments = Stops - 1,
        HotSeats = 2000,
        Days = 10,
        RunsPerDay = 20,
        SeatsPerRun = 100;

    // Far in the future, so that tickets can be cancelled, and a day that no other load test used.
    readonly DateOnly firstDay = new DateOnly(2100, 1, 1).AddDays(Random.Shared.Next(30_000));

    string? hot;
    int hotSold;
    IReadOnlyList<string>? spread;
    long spreadSold,
        searches,
        seatMaps;

    /// <summary>A ticket to buy on the one run that all buy from.</summary>
    public async ValueTask<Dictionary<string, string>> HotTicketAsync(CancellationToken cancellationToken)
    {
        if (hot is null || hotSold == HotSeats * Segments)
            (hot, hotSold) = (await AddRunAsync(firstDay.AddDays(Days), HotSeats, cancellationToken), 0);
        return OneSegment(hot, hotSold++ % Segments);
    }

    /// <summary>A ticket to buy on one of many runs in turn.</summary>
    public async ValueTask<Dictionary<string, string>> SpreadTicketAsync(CancellationToken cancellationToken)
    {
        if (spreadSold == Days * RunsPerDay * SeatsPerRun * Segments)
            (spread, spreadSold) = (null, 0);
        var runs = await SpreadAsync(cancellationToken);
        var i = spreadSold++;
        return OneSegment(runs[(int)(i % runs.Count)], (int)(i / runs.Count % Segments));
    }

    /// <summary>A search for the trains of a day.</summary>
    public async ValueTask<Dictionary<string, string>> SearchAsync(CancellationToken cancellationToken)
    {
        await SpreadAsync(cancellationToken);
        var i = searches++;
        return new()
        {
            ["from"] = Station((int)(i % (Stops / 2))),
            ["to"] = Station((int)(Stops / 2 + i % (Stops / 2))),
            ["date"] = firstDay.AddDays((int)(i % Days)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A seat map to read.</summary>
    public async ValueTask<Dictionary<string, string>> SeatMapAsync(CancellationToken cancellationToken)
    {
        var runs = await SpreadAsync(cancellationToken);
        var i = seatMaps++;
        return OneSegment(runs[(int)(i % runs.Count)], (int)(i % Segments));
    }

    /// <summary>Buys tickets.</summary>
    public async Task<IReadOnlyList<BoughtTicket>> BuyAsync(int count, CancellationToken cancellationToken)
    {
        var wanted = new (Dictionary<string, string> Ticket, Account Owner, string Token)[count];
        for (var i = 0; i < count; i++)
        {
            var owner = await accounts.NextAsync(cancellationToken);
            wanted[i] = (await SpreadTicketAsync(cancellationToken), owner, await owner.TokenAsync(cancellationToken));
        }

        return await InParallel.CreateAsync(
            count,
            async (i, stop) =>
            {
                var (ticket, owner, token) = wanted[i];
                var bought = await api.SendAsync(
                    HttpMethod.Post,
                    $"/trains/{ticket["run"]}/tickets",
                    token,
                    new
                    {
                        from = ticket["from"],
                        to = ticket["to"],
                        @class = "2A",
                        passengers = new[] { "Ada Lovelace" },
                    },
                    stop
                );
                return new BoughtTicket(
                    owner,
                    ticket["run"],
                    bought.GetProperty("id").GetString()!,
                    bought.GetProperty("code").GetString() ?? throw new LoadTestException("A run was sold out while it was prepared.")
                );
            },
            cancellationToken
        );
    }

    async ValueTask<IReadOnlyList<string>> SpreadAsync(CancellationToken cancellationToken) =>
        spread ??= await InParallel.CreateAsync(
            Days * RunsPerDay,
            (i, stop) => AddRunAsync(firstDay.AddDays(i % Days), SeatsPerRun, stop),
            cancellationToken
        );

    async ValueTask<string> AddRunAsync(DateOnly day, int seats, CancellationToken cancellationToken)
    {
        var run = await api.SendAsync(
            HttpMethod.Post,
            "/trains",
            await administrator.TokenAsync(cancellationToken),
            new
            {
                number = $"{Random.Shared.Next(10_000, 100_000)}",
                name = "Load Express",
                service_date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                stops = Enumerable.Range(0, Stops).Select(i => new { station = Station(i), distance_km = 10 * i }),
                coaches = new[]
                {
                    new
                    {
                        coach = "A1",
                        @class = "2A",
                        seats,
                        fare_per_km = 1.9,
                    },
                },
            },
            cancellationToken
        );
        return run.GetProperty("id").GetString()!;
    }

    static Dictionary<string, string> OneSegment(string run, int segment) =>
        new()
        {
            ["run"] = run,
            ["from"] = Station(segment),
            ["to"] = Station(segment + 1),
        };

    static string Station(int stop) => $"Load {stop}";
}
