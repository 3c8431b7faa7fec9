using Benchmark.Subject;
using Core.Accounts;

namespace Benchmark.Measurements;

/// <summary><c>GET /users/me</c> with a token against pgbench with the very statement behind it.</summary>
static class UsersMe
{
    public const string Path = "/v1/users/me";

    const int Connections = 32, FewerClients = 16;

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancel)
    {
        await using var server = await subject.StartReadyServerAsync(cancel);
        Task<double> Serve(TimeSpan duration) => subject.Wrk.RunAsync(server.Address, Path, subject.Population.Tokens, Connections, duration, cancel);
        Task<double> Select(int clients, TimeSpan duration) => subject.Pgbench.RunAsync(AccountStore.SelectActiveUser, clients, duration, cancel);

        await Serve(effort.WarmUp);
        await Select(Connections, effort.WarmUp / 2);
        List<double> served = [], selected = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            served.Add(await Serve(effort.Round));
            // Which number of clients gets most out of the database depends on the machine.
            selected.Add(Math.Max(await Select(Connections, effort.Round), await Select(FewerClients, effort.Round)));
        }

        return
        [
            new(
                "users-me", $"GET /users/me, {Connections} connections, against pgbench with its SELECT", Target.AtLeast(0.6), [.. served.Zip(selected, (a, b) => a / b)],
                $"{Row.MedianOf(served):0}/s by {subject.Wrk.Name}, {Row.MedianOf(selected):0}/s by pgbench"),
        ];
    }
}
