using System.Diagnostics;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Parking;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>The cost of many requests for a sold-out run, and their effect on another concurrent request.</summary>
static class SoldOut
{
    const int Clients = 120,
        Connections = 32,
        Spots = 2000;
    const double Rate = 200;

    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        var lots = new ParkingLotStore(database);
        var tokens = subject.Population.Tokens;
        var run = await Waitlists.AddAsync(
            database,
            stops: 2,
            seats: 1,
            passengers: 1,
            Guid.Parse(new JsonWebToken(tokens[0]).Subject),
            cancellationToken
        );
        byte[][] purchases =
        [
            .. tokens.Select(token =>
                HttpText.Json(
                    "POST",
                    $"/v1/trains/{run.Run.Id}/tickets",
                    new
                    {
                        from = "S0",
                        to = "S1",
                        @class = Waitlists.Class,
                        passengers = new[] { "Ada" },
                    },
                    token
                )
            ),
        ];
        byte[][] users = [.. tokens.Select(token => HttpText.Get(UsersMe.Path, token))];
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        var duration = effort.Round / 4;

        await BesideAsync(purchases, 409, effort.WarmUp / 4);
        await BesideAsync(users, 200, effort.WarmUp / 4);
        List<double> calm = [],
            ordinary = [],
            beside = [],
            slower = [],
            refused = [],
            read = [],
            dearer = [],
            own = [],
            rates = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            calm.Add(await ParkAsync(duration));
            beside.Add(await BesideAsync(purchases, 409, duration));
            ordinary.Add(await BesideAsync(users, 200, duration));
            slower.Add(beside[^1] / calm[^1]);
            var (purchase, user) = (await CostAsync(purchases, 409), await CostAsync(users, 200));
            refused.Add(purchase.Microseconds);
            own.Add(purchase.OwnMicroseconds);
            rates.Add(purchase.PerSecond);
            read.Add(user.Microseconds);
            dearer.Add(refused[^1] / read[^1]);
        }

        var whose = subject.DatabaseFamily.Time is null ? "the server" : "server and database";
        return
        [
            new(
                "sold-out",
                $"processor time of {whose} for a refused request for a sold-out run, {Clients} clients, against GET /users/me by as many",
                Target.AtMost(5),
                dearer,
                $"{Row.MedianOf(refused):0} µs ({Row.MedianOf(own):0} µs of it by the server), {Row.MedianOf(read):0} µs; "
                    + $"{Row.MedianOf(rates):0}/s refused"
            ),
            new(
                "sold-out-beside",
                $"median time to enter a parking lot at {Rate}/s beside {Clients} closed-loop clients that ask for a sold-out run, "
                    + "against without",
                Target.AtMost(30),
                slower,
                $"{Row.MedianOf(beside):0.0} ms, {Row.MedianOf(calm):0.0} ms without; {Row.MedianOf(ordinary):0.0} ms beside as many "
                    + "clients of GET /users/me"
            ),
        ];

        // The median in milliseconds.
        async Task<double> ParkAsync(TimeSpan time)
        {
            var lot = Guid.CreateVersion7();
            var price = new Core.Parking.Rate(0, 2, 1, 10);
            await lots.AddLotAsync(
                lot,
                new NewParkingLot("Bench", new(0, Spots, 0), new(price, price, price), "UTC").Checked(),
                cancellationToken
            );
            return (
                await OpenLoop.RunAsync(server.Address, Connections, Rate, time, i => Enter(lot, i), cancellationToken, status: 201)
            ).Percentile(50);
        }

        Task<double> BesideAsync(byte[][] load, int status, TimeSpan time) => UnderAsync(load, status, _ => ParkAsync(time));

        Task<Cost> CostAsync(byte[][] load, int status) =>
            UnderAsync(
                load,
                status,
                async completed =>
                {
                    var (before, both, alone, start) = (
                        completed(),
                        subject.ProcessorTime(server),
                        server.ProcessorTime,
                        Stopwatch.GetTimestamp()
                    );
                    await Task.Delay(duration, cancellationToken);
                    var (count, time) = (completed() - before, Stopwatch.GetElapsedTime(start));
                    return new Cost(
                        (subject.ProcessorTime(server) - both).TotalMicroseconds / count,
                        (server.ProcessorTime - alone).TotalMicroseconds / count,
                        count / time.TotalSeconds
                    );
                }
            );

        async Task<T> UnderAsync<T>(byte[][] load, int status, Func<Func<long>, Task<T>> measure)
        {
            // Waits for the last responses, which takes less time than breaking all connections.
            var enough = 0;
            long completed = 0;
            var others = ClosedLoop.RunAsync(
                server.Address,
                Clients,
                i => Volatile.Read(ref enough) == 0 ? load[i % load.Length] : null,
                got =>
                {
                    Interlocked.Increment(ref completed);
                    return got == status;
                },
                cancellationToken
            );
            try
            {
                await Task.Delay(Settling, cancellationToken);
                var measured = await measure(() => Interlocked.Read(ref completed));
                if (others.IsFaulted)
                    await others;
                return measured;
            }
            finally
            {
                Volatile.Write(ref enough, 1);
                await ((Task)others).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        byte[] Enter(Guid lot, long i) =>
            HttpText.Json(
                "POST",
                $"/v1/parking-lots/{lot}/tickets",
                new { plate = $"B{lot.ToString()[^6..].ToUpperInvariant()}X{i}", vehicle = "car" },
                tokens[(int)(i % tokens.Count)]
            );
    }

    // Per request: the processor time of server and database, and of the server alone.
    readonly record struct Cost(double Microseconds, double OwnMicroseconds, double PerSecond);
}
