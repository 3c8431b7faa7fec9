using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Issuing train tickets against pgbench with the same statement, and the cost of a full run and a full timetable.</summary>
static class TrainTickets
{
    const int Connections = 64,
        Stops = TrainRun.MaxStops,
        HotSeats = TrainRun.MaxSeats,
        SpreadRuns = 1000,
        SpreadSeats = 100;

    static readonly DateOnly Date = new(2190, 1, 1);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        var store = new RunStore(database);
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        var warm = await AddAsync(store, 1, HotSeats, Stops, cancellationToken);
        await subject.Wrk.PostAsync(server.Address, Requests(subject, warm), Connections, effort.WarmUp, cancellationToken);

        return
        [
            await CompareAsync(
                "ticket-hot",
                $"one seat on one hot run of {HotSeats} seats and {Stops} stops, {Connections} connections, against pgbench with its "
                    + "statement",
                1,
                HotSeats
            ),
            await CompareAsync("ticket-spread", $"the same over {SpreadRuns} runs of {SpreadSeats} seats", SpreadRuns, SpreadSeats),
            await LastSeatAsync(database, effort, cancellationToken),
            await SearchAsync(database, effort, cancellationToken),
        ];

        async Task<Row> CompareAsync(string name, string what, int count, int seats)
        {
            var served = new ServedRounds(() => server.ProcessorTime);
            List<double> selected = [];
            for (var round = 0; round < effort.Rounds; round++)
            {
                // New runs for each side, so that both find the same number of free seats.
                var (mine, other) = (
                    await AddAsync(store, count, seats, Stops, cancellationToken),
                    await AddAsync(store, count, seats, Stops, cancellationToken)
                );
                var requests = Requests(subject, mine);
                await served.AddAsync(
                    effort.Round,
                    () => subject.Wrk.PostAsync(server.Address, requests, Connections, effort.Round, cancellationToken)
                );
                selected.Add(await subject.Pgbench.RunScriptAsync(Script(other), Connections, 1, effort.Round, cancellationToken));
            }

            return new(
                name,
                what,
                Target.AtLeast(0.75),
                [.. served.Rates.Zip(selected, (a, b) => a / b)],
                $"{Row.MedianOf(served.Rates):0}/s at {Row.MedianOf(served.Microseconds):0} µs of the server's processor time each, "
                    + $"{Row.MedianOf(selected):0}/s by pgbench"
            );
        }
    }

    // pgbench uses literals where the server uses parameters.
    static string Script(IReadOnlyList<TrainRun> runs)
    {
        // The run is read from an array once per transaction, which costs almost nothing.
        var run = runs.Count == 1 ? $"'{runs[0].Id}'::uuid" : $"(('{{{string.Join(",", runs.Select(one => one.Id))}}}'::uuid[])[:r])";
        return $"""
            \set s random(0, {Stops - 2})
            \set r random(1, {runs.Count})
            {Pgbench.Fill(
                PurchaseStore.IssueOne,
                run,
                "'2A'",
                ":s::smallint",
                "(:s + 1)::smallint",
                "gen_random_uuid()",
                $"'{Guid.Empty}'::uuid",
                "'{Ada}'::text[]",
                "9.5",
                "null::text"
            )};

            """;
    }

    static IReadOnlyList<(string, string, string)> Requests(SystemUnderTest subject, IReadOnlyList<TrainRun> runs)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable
                .Range(0, 4000)
                .Select(i =>
                {
                    var starts = random.Next(Stops - 1);
                    return (
                        $"/v1/trains/{runs[random.Next(runs.Count)].Id}/tickets",
                        subject.Population.Tokens[i % subject.Population.Tokens.Count],
                        JsonSerializer.Serialize(
                            new
                            {
                                from = $"S{starts}",
                                to = $"S{starts + 1}",
                                @class = "2A",
                                passengers = new[] { "Ada" },
                            }
                        )
                    );
                }),
        ];
    }

    static async Task<IReadOnlyList<TrainRun>> AddAsync(
        RunStore store,
        int count,
        int seats,
        int stops,
        CancellationToken cancellationToken
    )
    {
        List<TrainRun> runs = [];
        for (var i = 0; i < count; i++)
        {
            runs.Add(
                TrainRun.Create(
                    "1",
                    "Bench",
                    Date,
                    [.. Enumerable.Range(0, stops).Select(at => new Stop($"S{at}", null, null, at * 10))],
                    [new Coach("A", "2A", seats, 0.95m)]
                )
            );
            await store.AddRunAsync(runs[^1], cancellationToken);
        }

        return runs;
    }

    // One after the other, through the store: what the statement costs when the run fills up.
    static async Task<Row> LastSeatAsync(PostgresDatabase database, Effort effort, CancellationToken cancellationToken)
    {
        const int Few = 200;
        var purchases = new PurchaseStore(database);
        List<double> ratios = [],
            first = [],
            last = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            var run = (await AddAsync(new(database), 1, HotSeats, 2, cancellationToken))[0];
            List<double> times = [];
            for (var i = 0; i < HotSeats; i++)
            {
                var start = Stopwatch.GetTimestamp();
                if (
                    await purchases.IssueOneAsync(
                        run.Id,
                        Guid.CreateVersion7(),
                        new(Guid.Empty, "2A", new(0, 1), ["Ada"], null),
                        9.5m,
                        cancellationToken
                    )
                    is null
                )
                    throw new BenchmarkException("A seat that must be free was not found.");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            first.Add(Row.MedianOf(times.Take(Few)));
            last.Add(Row.MedianOf(times.TakeLast(Few)));
            ratios.Add(last[^1] / first[^1]);
        }

        return new(
            "ticket-last",
            $"the last {Few} seats of a run of {HotSeats} against the first {Few}, median time",
            Target.AtMost(1.5),
            ratios,
            $"{Row.MedianOf(last):0} µs, {Row.MedianOf(first):0} µs"
        );
    }

    static async Task<Row> SearchAsync(PostgresDatabase database, Effort effort, CancellationToken cancellationToken)
    {
        const int FewRuns = 1000,
            ManyRuns = 100_000,
            Searches = 300,
            PerDate = 5;
        var store = new TrainSearchStore(database);
        var cursors = new Cursors(new OneCursorKey());
        await FillAsync(0, FewRuns);
        await MeasureAsync();
        List<double> few = [];
        for (var round = 0; round < effort.Rounds; round++)
            few.Add(await MeasureAsync());
        await FillAsync(FewRuns, ManyRuns);
        await MeasureAsync();
        List<double> many = [];
        for (var round = 0; round < effort.Rounds; round++)
            many.Add(await MeasureAsync());
        return new(
            "search",
            $"trains of a date between two stations among {ManyRuns} runs against {FewRuns}, {PerDate} found in either",
            Target.AtMost(1.5),
            [.. many.Zip(few, (a, b) => a / b)],
            $"{Row.MedianOf(many):0} µs, {Row.MedianOf(few):0} µs"
        );

        async Task<double> MeasureAsync()
        {
            List<double> times = [];
            for (var i = 0; i < Searches; i++)
            {
                var start = Stopwatch.GetTimestamp();
                var found = await store.SearchAsync(
                    "FROM",
                    "TO",
                    new DateOnly(2020, 1, 1).AddDays(i % (FewRuns / PerDate)),
                    new PageRequest(cursors, "trains", PageRequest.DefaultLimit, null),
                    cancellationToken
                );
                if (found.Count != PerDate)
                    throw new BenchmarkException($"A search found {found.Count} runs instead of {PerDate}.");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            return Row.MedianOf(times);
        }

        async Task FillAsync(int from, int to)
        {
            await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
            await connection.ExecuteAsync(
                new(
                    """
                    with run as materialized (
                        select gen_random_uuid() as id, date '2020-01-01' + i / @PerDate as service_date from generate_series(@from,
                            @to - 1) as i
                    ), runs as (
                        insert into train_runs (id, number, name, service_date) select id, '1', 'Bench', service_date from run
                    ), stops as (
                        insert into train_stops (run_id, position, station, station_key, service_date, distance_km)
                        select id, position, station, upper(station), service_date, position * 10 from run, (values (0, 'From'),
                            (1, 'Between'), (2, 'To')) as stop (position, station)
                    ), classes as (
                        insert into train_classes (run_id, class, fare_per_km) select id, '2A', 1 from run
                    )
                    insert into free_segments (run_id, seat, starts, ends, class) select id, 1, 0, 2, '2A' from run
                    """,
                    new
                    {
                        from,
                        to,
                        PerDate,
                    },
                    commandTimeout: 300,
                    cancellationToken: cancellationToken
                )
            );
            await connection.ExecuteAsync(
                new(
                    "analyze train_runs, train_stops, train_classes, free_segments",
                    commandTimeout: 300,
                    cancellationToken: cancellationToken
                )
            );
        }
    }

    sealed class OneCursorKey : ICursorKeys
    {
        public CursorKey Signing { get; } = new(CursorKey.NewKid(), RandomNumberGenerator.GetBytes(CursorKey.SecretSize));

        public IEnumerable<CursorKey> All => [Signing];
    }
}
