using System.Diagnostics;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Trains;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>The cost of canceling a ticket that others are waiting for.</summary>
static class Cancellations
{
    const int Stops = TrainRun.MaxStops,
        Passengers = 2;

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        var token = subject.Population.Tokens[0];
        var user = Guid.Parse(new JsonWebToken(token).Subject);
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        using var client = new HttpConnection(server.Address);
        List<double> none = [],
            one = [],
            all = [];
        var waited = await Waitlists.AddAsync(database, 2, 1, 1, user, cancellationToken);
        var next = waited.Ticket.Id;
        for (var round = -1; round < effort.Rounds; round++)
        {
            List<double> withNone = [],
                withOne = [],
                withAll = [];
            for (var i = 0; i < (round < 0 ? 1 : effort.Cancellations); i++)
            {
                var unwanted = await Waitlists.AddAsync(database, 2, 1, 1, user, cancellationToken, waiting: 0);
                withNone.Add(Cancel(unwanted.Run, unwanted.Ticket.Id));
                withOne.Add(Cancel(waited.Run, next));
                // The first ticket on the waitlist has the seat now; another joins the waitlist.
                next = waited.Waiting.Dequeue();
                await Waitlists.JoinAsync(database, waited, user, 0, cancellationToken);
                // One segment each: there is room for all who wait.
                var wanted = await Waitlists.AddAsync(database, Stops, Passengers, Passengers, user, cancellationToken);
                withAll.Add(Cancel(wanted.Run, wanted.Ticket.Id));
            }

            if (round < 0)
                continue;
            none.Add(Row.MedianOf(withNone));
            one.Add(Row.MedianOf(withOne));
            all.Add(Row.MedianOf(withAll));
        }

        return
        [
            Against("cancel", $"cancelling a ticket with {Waitlists.Length} waiting, of whom one gets the seat", 3, one),
            Against("cancel-all", $"cancelling a ticket with {Waitlists.Length} waiting, who all get seats", 6, all),
        ];

        Row Against(string name, string what, double most, List<double> times) =>
            new(
                name,
                $"{what}, against cancelling with an empty waitlist, median time",
                Target.AtMost(most),
                [.. times.Zip(none, (a, b) => a / b)],
                $"{Row.MedianOf(times):0.0} ms, {Row.MedianOf(none):0.0} ms"
            );

        double Cancel(TrainRun run, Guid ticket)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var request = HttpText.WithBody("DELETE", $"/v1/trains/{run.Id}/tickets/{ticket}", "application/json", "", token);
            var start = Stopwatch.GetTimestamp();
            var status = client.Send(request);
            if (status != 200)
                throw new BenchmarkException($"The server returned {status} instead of 200 to a cancellation.");
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }
}
