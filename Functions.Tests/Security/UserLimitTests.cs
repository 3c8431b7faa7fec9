using System.Globalization;
using FunctionsApp.Core.Tests;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Security;

/// <summary>One user with many concurrent requests.</summary>
[OwnServer]
public sealed class UserLimitTests(TestServers servers)
{
    [Fact]
    public async Task Requests_of_one_user_are_limited_while_others_are_served()
    {
        const int AtOnce = 2,
            Requests = 20;
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", $"{AtOnce}"));
        Person greedy = await server.Api.NewPersonAsync(),
            other = await server.Api.NewPersonAsync();
        await using var held = await TableLock.TakeAsync(server.Api.Database, "train_tickets");

        var requests = Enumerable.Range(0, Requests).Select(_ => greedy.GetAsync("/tickets")).ToList();
        var most = 0L;
        while (!requests.TrueForAll(request => request.IsCompleted))
        {
            most = Math.Max(most, await server.Api.ReadAsync<long>(TableLock.CountWaiting));
            (await other.GetAsync("/users/me")).Is(200);
        }

        foreach (var response in await Task.WhenAll(requests))
            Assert.NotNull(response.IsProblem(503).Header("Retry-After"));
        Assert.Equal(AtOnce, most);
        await held.ReleaseAsync();
        (await greedy.GetAsync("/tickets")).Is(200);
    }

    [Fact]
    public async Task A_user_with_too_many_requests_waiting_gets_429()
    {
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", "1"));
        Person greedy = await server.Api.NewPersonAsync(),
            other = await server.Api.NewPersonAsync();
        await using var held = await TableLock.TakeAsync(server.Api.Database, "train_tickets");

        var requests = Enumerable.Range(0, 220).Select(_ => greedy.GetAsync("/tickets")).ToList();
        var refused = await await Task.WhenAny(requests);

        Assert.InRange(int.Parse(refused.IsProblem(429).Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 2);
        (await other.GetAsync("/users/me")).Is(200);
        await held.ReleaseAsync();
        foreach (var response in await Task.WhenAll(requests))
            Assert.Contains((int)response.Status, new[] { 200, 429, 503 });
    }

    [Fact]
    public async Task The_limit_for_requests_of_one_user_can_be_switched_off()
    {
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", "0"));
        var person = await server.Api.NewPersonAsync();
        await using var held = await TableLock.TakeAsync(server.Api.Database, "train_tickets");

        var requests = Enumerable.Range(0, 12).Select(_ => person.GetAsync("/tickets")).ToList();

        await Waiting.UntilAsync(
            "more requests than the default limit wait for the lock",
            async () => await server.Api.ReadAsync<long>(TableLock.CountWaiting) > 8
        );
        await held.ReleaseAsync();
        await Task.WhenAll(requests);
    }
}
