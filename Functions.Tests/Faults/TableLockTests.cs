using System.Diagnostics;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class TableLockTests(TestServers servers)
{
    static readonly TimeSpan Locked = TimeSpan.FromSeconds(12);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "tables locked for 12 s, 40 clients",
        "503 within 10 s; `/healthz` 200; `/readyz` answers",
        "both servers ready; a logout on one is known on the other; SIGTERM ends both with 0"
    )]
    public async Task Locked_tables_cause_503_in_time_and_requests_succeed_afterwards()
    {
        await using var pair = await FaultyPair.StartAsync(servers);
        Person leaving = await pair.One.Api.NewPersonAsync(),
            staying = await pair.One.Api.NewPersonAsync();
        await using var held = await TableLock.TakeAsync(pair.Direct, "train_tickets, sessions, users");
        var start = Stopwatch.GetTimestamp();

        var busy = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(async i =>
                {
                    var api = i % 2 == 0 ? pair.One.Api : pair.Two.Api;
                    while (Stopwatch.GetElapsedTime(start) < Locked)
                    {
                        var response = await FaultyPair.InTimeAsync(
                            (i % 4) switch
                            {
                                0 => api.LoginAsync(staying.Name, Person.FirstPassword),
                                1 => api.GetAsync("/tickets", staying.Token),
                                _ => api.GetAsync("/users/me", staying.Token),
                            }
                        );
                        if (Stopwatch.GetElapsedTime(start) > Locked)
                            break;
                        response.IsProblem(503);
                        Interlocked.Increment(ref busy);
                        // Probes do not wait for blocked requests.
                        (await FaultyPair.InTimeAsync(api.GetAsync("/healthz"))).Is(200);
                        await FaultyPair.InTimeAsync(api.GetAsync("/readyz"));
                    }
                })
        );
        await held.ReleaseAsync();

        Assert.True(busy > 20, $"Only {busy} requests met the lock.");
        await Task.WhenAll(pair.One.Api.ReadyAsync(), pair.Two.Api.ReadyAsync());
        foreach (var api in new[] { pair.One.Api, pair.Two.Api })
        {
            (await api.GetAsync("/users/me", staying.Token)).Is(200);
            (await api.GetAsync("/tickets", staying.Token)).Is(200);
        }

        (await leaving.PostAsync("/logout")).Is(204);
        (await pair.Two.Api.PollAsync("/users/me", response => (int)response.Status != 200, leaving.Token)).IsProblem(401);
        await pair.StopAsync();
    }
}
