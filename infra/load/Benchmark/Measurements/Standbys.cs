using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary><c>GET /users/me</c> on a primary with two standbys, which answer the reads, against the same on the primary alone.</summary>
static class Standbys
{
    const int Connections = 32;

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var cluster = await subject.StartStandbysAsync(["one", "two"], cancellationToken);
        await using var alone = await subject.StartReadyServerAsync(cancellationToken);
        await using var several = await subject.StartReadyServerAsync(
            cancellationToken,
            ("ConnectionStrings__Postgres", cluster.ConnectionString)
        );
        Task<double> Serve(ServerProcess server, TimeSpan duration) =>
            subject.Wrk.RunAsync(server.Address, UsersMe.Path, subject.Population.Tokens, Connections, duration, cancellationToken);

        await UsersMe.WarmUpAsync(() => Serve(alone, effort.WarmUp / 2));
        await UsersMe.WarmUpAsync(() => Serve(several, effort.WarmUp / 2));
        var (before, after) = (new ServedRounds(() => alone.ProcessorTime), new ServedRounds(() => several.ProcessorTime));
        for (var round = 0; round < effort.Rounds; round++)
        {
            await before.AddAsync(effort.Round, () => Serve(alone, effort.Round));
            await after.AddAsync(effort.Round, () => Serve(several, effort.Round));
        }

        return
        [
            new(
                "standbys",
                $"the server's processor time of GET /users/me, {Connections} connections, on a primary with two standbys against the "
                    + "primary alone",
                Target.AtMost(1.5),
                [.. after.Microseconds.Zip(before.Microseconds, (a, b) => a / b)],
                $"{Row.MedianOf(after.Microseconds):0} µs, {Row.MedianOf(before.Microseconds):0} µs; {Row.MedianOf(after.Rates):0}/s, "
                    + $"{Row.MedianOf(before.Rates):0}/s on the same processors"
            ),
        ];
    }
}
