using System.Diagnostics;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>How much longer <c>GET /users/me</c> takes at a fixed, moderate rate while others log in as fast as they can.</summary>
static class LoginStorm
{
    const int Connections = 32,
        StormConnections = 32;
    const double Rate = 500;

    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        byte[][] requests = [.. subject.Population.Tokens.Select(token => HttpText.Get(UsersMe.Path, token))];
        byte[][] logins =
        [
            .. subject.Population.Usernames.Select(name =>
                HttpText.Form("/v1/login", ("username", name), ("password", Population.Password))
            ),
        ];
        var duration = effort.Round;
        async Task<double> P99(TimeSpan time) =>
            (
                await OpenLoop.RunAsync(server.Address, Connections, Rate, time, i => requests[i % requests.Length], cancellationToken)
            ).Percentile(99);

        await subject.Wrk.RunAsync(server.Address, UsersMe.Path, subject.Population.Tokens, Connections, effort.WarmUp, cancellationToken);
        List<double> calm = [],
            busy = [],
            stormy = [],
            loginRates = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            calm.Add(await P99(duration));

            // The effect of busy processors alone (a virtual machine may be throttled): the same number of threads hash outside the server.
            using (var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                var hashing = BareHashes.RunAsync(int.MaxValue, new AccountOptions().EffectiveHashingThreads, enough.Token);
                await Task.Delay(Settling, cancellationToken);
                busy.Add(await P99(duration));
                await enough.CancelAsync();
                await ((Task)hashing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            long completed = 0;
            var start = Stopwatch.GetTimestamp();
            var storm = ClosedLoop.RunAsync(
                server.Address,
                StormConnections,
                i => logins[i % logins.Length],
                status =>
                {
                    Interlocked.Increment(ref completed);
                    return status == 200;
                },
                end.Token
            );
            // Waits until every hashing thread is busy.
            await Task.Delay(Settling, cancellationToken);
            try
            {
                stormy.Add(await P99(duration));
                loginRates.Add(Interlocked.Read(ref completed) / Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (storm.IsFaulted)
                    await storm;
            }
            finally
            {
                // Disconnects, because waiting for all queued requests would take seconds.
                await end.CancelAsync();
                await ((Task)storm).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Waits until the hashes in progress are done.
            await Task.Delay(Settling, cancellationToken);
        }

        return
        [
            new(
                "login-storm",
                $"p99 of GET /users/me at {Rate}/s during {StormConnections} closed-loop logins against without",
                Target.AtMost(3),
                [.. stormy.Zip(calm, (a, b) => a / b)],
                $"{Row.MedianOf(stormy):0.0} ms at {Row.MedianOf(loginRates):0.0} logins/s, {Row.MedianOf(calm):0.0} ms without, "
                    + $"{Row.MedianOf(busy):0.0} ms without but with as many threads hashing outside the server"
            ),
        ];
    }
}
