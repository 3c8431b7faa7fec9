using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Parking;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Entering and leaving a parking lot against pgbench with the same statements.</summary>
static class ParkingStays
{
    const int Connections = 64,
        Spots = 2000;

    static readonly Rate Rate = new(0, 2, 1, 10);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        var store = new ParkingLotStore(database);
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        await subject.Wrk.ParkAsync(
            server.Address,
            await AddAsync(),
            subject.Population.Tokens[0],
            Connections,
            effort.WarmUp,
            cancellationToken
        );
        var served = new ServedRounds(() => server.ProcessorTime);
        List<double> selected = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            var (mine, other) = (await AddAsync(), await AddAsync());
            // Half of the requests enter, half leave; a transaction of pgbench does both.
            await served.AddAsync(
                effort.Round,
                async () =>
                    await subject.Wrk.ParkAsync(
                        server.Address,
                        mine,
                        subject.Population.Tokens[0],
                        Connections,
                        effort.Round,
                        cancellationToken
                    ) / 2
            );
            selected.Add(await subject.Pgbench.RunScriptAsync(Script(other), Connections, 1, effort.Round, cancellationToken));
        }

        return
        [
            new(
                "parking",
                $"entering and leaving a lot of {Spots} spots, {Connections} connections, against pgbench with the statements",
                Target.AtLeast(0.75),
                [.. served.Rates.Zip(selected, (a, b) => a / b)],
                $"{Row.MedianOf(served.Rates):0} stays/s at {Row.MedianOf(served.Microseconds):0} µs of the server's processor time each, "
                    + $"{Row.MedianOf(selected):0}/s by pgbench"
            ),
        ];

        async Task<Guid> AddAsync()
        {
            var id = Guid.CreateVersion7();
            await store.AddLotAsync(
                id,
                new NewParkingLot("Bench", new(0, Spots, 0), new(Rate, Rate, Rate), "UTC").Checked(),
                cancellationToken
            );
            return id;
        }
    }

    static string Script(Guid lot) =>
        $"""
            \set plate random(1, 1000000000)
            \set stripe random(0, 63)
            {Pgbench.Fill(
                ParkingStayStore.Enter,
                $"'{lot}'::uuid",
                $"{(int)Vehicle.Car}::smallint",
                "lpad(:plate::text, 32, '0')::uuid",
                ":stripe::smallint",
                $"'{Guid.Empty}'::uuid",
                "'P' || :plate",
                "now()",
                "null",
                "false"
            )};
            {Pgbench.Fill(
                ParkingStayStore.Exit(wait: false),
                $"'{lot}'::uuid",
                "lpad(:plate::text, 32, '0')::uuid",
                "now() + interval '1 hour'",
                "2",
                ":stripe::smallint"
            )};

            """;
}
