using System.Diagnostics;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class SilentNetworkTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "silent network",
        "503 within 10 s; `/readyz` 503; `/healthz` 200; tokens refused with 503 once ended sessions are unknown",
        "ready; the session that ended meanwhile is 401; SIGTERM during a second silence ends the process in time"
    )]
    public async Task A_silent_database_causes_timely_503_distrust_of_tokens_and_recovery()
    {
        await using var pair = await FaultyPair.StartAsync(
            servers,
            ("Accounts__RevocationInterval", "00:00:01"),
            ("Accounts__RevocationTolerance", "00:00:04"),
            ("Shutdown__TimeoutSeconds", "3")
        );
        Person leaving = await pair.One.Api.NewPersonAsync(),
            staying = await pair.One.Api.NewPersonAsync();
        (await pair.Two.Api.GetAsync("/users/me", leaving.Token)).Is(200);
        (await pair.Two.Api.GetAsync("/users/me", staying.Token)).Is(200);

        await pair.Proxy.SilenceAsync("two");
        (await leaving.PostAsync("/logout")).Is(204);
        var waiting = Enumerable
            .Range(0, 30)
            .Select(_ => FaultyPair.InTimeAsync(pair.Two.Api.GetAsync("/users/me", staying.Token)))
            .ToList();

        (await FaultyPair.InTimeAsync(pair.Two.Api.GetAsync("/readyz"))).IsProblem(503);
        (await FaultyPair.InTimeAsync(pair.Two.Api.GetAsync("/healthz"))).Is(200);
        // Refused because of the role while the token is trusted, which needs no database.
        var refused = await pair.Two.Api.PollAsync("/users", response => (int)response.Status != 403, leaving.Token);
        Assert.Contains("session cannot be verified", refused.IsProblem(503).Text("detail"), StringComparison.Ordinal);
        foreach (var response in await Task.WhenAll(waiting))
            response.IsProblem(503);
        (await pair.One.Api.GetAsync("/users/me", staying.Token)).Is(200);

        await pair.Proxy.RestoreAsync("two");
        await pair.Two.Api.ReadyAsync();
        (await pair.Two.Api.GetAsync("/users/me", staying.Token)).Is(200);
        (await pair.Two.Api.GetAsync("/users", leaving.Token)).IsProblem(401);

        await pair.Proxy.SilenceAsync("two");
        var last = Enumerable.Range(0, 20).Select(_ => pair.Two.Api.GetAsync("/users/me", staying.Token)).ToList();
        await pair.Two.Api.PollAsync("/readyz", response => (int)response.Status == 503);
        var start = Stopwatch.GetTimestamp();
        pair.Two.Process.Stop();
        await pair.Two.Process.EndAsync(Cancel);
        // 3 s for a graceful shutdown, 3 s for a forced one, and a margin for a busy machine. Without them it would never end.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(3 + 3 + 14), $"SIGTERM took {Stopwatch.GetElapsedTime(start)}.");
        await Task.WhenAll(last).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
