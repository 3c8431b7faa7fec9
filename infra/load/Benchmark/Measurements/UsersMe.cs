using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary><c>GET /users/me</c> with a token against pgbench with the same statement.</summary>
static class UsersMe
{
    public const string Path = "/v1/users/me";

    // pgbench with its default of one thread, on which the target is based. The result with a second thread is reported in addition.
    const int Connections = 32;

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        Task<double> Serve(TimeSpan duration) =>
            subject.Wrk.RunAsync(server.Address, Path, subject.Population.Tokens, Connections, duration, cancellationToken);
        Task<double> Select(int threads) =>
            subject.Pgbench.RunAsync(ActiveUserStore.SelectOne, Connections, threads, effort.Round, cancellationToken);

        await WarmUpAsync(() => Serve(effort.WarmUp / 2));
        await Select(threads: 1);
        var served = new ServedRounds(() => server.ProcessorTime);
        List<double> selected = [],
            selectedByTwo = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            await served.AddAsync(effort.Round, () => Serve(effort.Round));
            selected.Add(await Select(threads: 1));
            selectedByTwo.Add(await Select(threads: 2));
        }

        return
        [
            new(
                "users-me",
                $"GET /users/me, {Connections} connections, against pgbench with its SELECT",
                Target.AtLeast(0.8),
                [.. served.Rates.Zip(selected, (a, b) => a / b)],
                $"{Row.MedianOf(served.Rates):0}/s by {subject.Wrk.Name} at {Row.MedianOf(served.Microseconds):0} µs of the server's "
                    + $"processor time each, {Row.MedianOf(selected):0}/s by pgbench ({Row.MedianOf(selectedByTwo):0}/s on two threads: "
                    + $"{Row.MedianOf([.. served.Rates.Zip(selectedByTwo, (a, b) => a / b)]):0.00})"
            ),
        ];
    }

    // Until the runtime has compiled hot code at the highest tier, and the rate no longer rises.
    public static async Task WarmUpAsync(Func<Task<double>> serve)
    {
        const int AtMost = 8;
        const double Rise = 1.05;
        var best = await serve();
        for (var i = 1; i < AtMost; i++)
        {
            var rate = await serve();
            if (rate < best * Rise && i > 1)
                return;
            best = Math.Max(best, rate);
        }
    }
}
