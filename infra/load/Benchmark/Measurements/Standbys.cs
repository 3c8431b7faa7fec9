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
        List<double> ratios = [];
        var (before, after) = (new Side(alone), new Side(several));
        foreach (var side in new[] { before, after })
            await UsersMe.WarmUpAsync(() => side.ServeAsync(subject, effort.WarmUp / 2, cancellationToken));
        before.Forget();
        after.Forget();
        for (var round = 0; round < effort.Rounds; round++)
        {
            await before.ServeAsync(subject, effort.Round, cancellationToken);
            await after.ServeAsync(subject, effort.Round, cancellationToken);
            ratios.Add(after.Microseconds[^1] / before.Microseconds[^1]);
        }

        return
        [
            new(
                "standbys",
                $"the server's processor time of GET /users/me, {Connections} connections, on a primary with two standbys against the "
                    + "primary alone",
                Target.AtMost(1.5),
                ratios,
                $"{Row.MedianOf(after.Microseconds):0} µs, {Row.MedianOf(before.Microseconds):0} µs; {Row.MedianOf(after.Rates):0}/s, "
                    + $"{Row.MedianOf(before.Rates):0}/s on the same processors"
            ),
        ];
    }

    sealed class Side(ServerProcess server)
    {
        /// <summary>Processor time of each request, per round.</summary>
        public List<double> Microseconds { get; } = [];

        /// <summary>Requests per second, per round.</summary>
        public List<double> Rates { get; } = [];

        public async Task<double> ServeAsync(SystemUnderTest subject, TimeSpan duration, CancellationToken cancellationToken)
        {
            var before = server.ProcessorTime;
            var rate = await subject.Wrk.RunAsync(
                server.Address,
                UsersMe.Path,
                subject.Population.Tokens,
                Connections,
                duration,
                cancellationToken
            );
            Microseconds.Add((server.ProcessorTime - before).TotalMicroseconds / (rate * duration.TotalSeconds));
            Rates.Add(rate);
            return rate;
        }

        public void Forget()
        {
            Microseconds.Clear();
            Rates.Clear();
        }
    }
}
