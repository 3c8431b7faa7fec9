using Core.Tests;
using Functions.Tests.Servers;

namespace Functions.Tests.Security;

/// <summary>One user with many requests at once.</summary>
[OwnServer]
public sealed class UserLimitTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_of_one_user_hold_no_more_connections_than_their_limit_and_others_are_served()
    {
        const int AtOnce = 2, Requests = 20;
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", $"{AtOnce}"));
        Person greedy = await server.Api.NewPersonAsync(), other = await server.Api.NewPersonAsync();
        await using var holder = await server.Api.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var command = new Npgsql.NpgsqlCommand("lock table train_tickets in access exclusive mode", holder)) await command.ExecuteNonQueryAsync(Cancel);

        var requests = Enumerable.Range(0, Requests).Select(_ => greedy.GetAsync("/tickets")).ToList();
        var most = 0L;
        while (!requests.TrueForAll(request => request.IsCompleted))
        {
            var locked = await server.Api.ReadAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            most = Math.Max(most, locked);
            (await other.GetAsync("/users/me")).Is(200);
        }

        foreach (var answer in await Task.WhenAll(requests)) Assert.NotNull(answer.IsProblem(503).Header("Retry-After"));
        Assert.Equal(AtOnce, most);
        await transaction.RollbackAsync(Cancel);
        (await greedy.GetAsync("/tickets")).Is(200);
    }

    [Fact]
    public async Task A_user_with_too_many_requests_waiting_gets_429()
    {
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", "1"));
        Person greedy = await server.Api.NewPersonAsync(), other = await server.Api.NewPersonAsync();
        await using var holder = await server.Api.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var command = new Npgsql.NpgsqlCommand("lock table train_tickets in access exclusive mode", holder)) await command.ExecuteNonQueryAsync(Cancel);

        var requests = Enumerable.Range(0, 220).Select(_ => greedy.GetAsync("/tickets")).ToList();
        var refused = await await Task.WhenAny(requests);

        Assert.InRange(int.Parse(refused.IsProblem(429).Header("Retry-After")!), 1, 2);
        (await other.GetAsync("/users/me")).Is(200);
        await transaction.RollbackAsync(Cancel);
        foreach (var answer in await Task.WhenAll(requests)) Assert.Contains((int)answer.Status, new[] { 200, 429, 503 });
    }

    [Fact]
    public async Task The_limit_can_be_switched_off()
    {
        await using var server = await servers.StartAsync(("RateLimits__UserAtOnce", "0"));
        var person = await server.Api.NewPersonAsync();
        await using var holder = await server.Api.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var command = new Npgsql.NpgsqlCommand("lock table train_tickets in access exclusive mode", holder)) await command.ExecuteNonQueryAsync(Cancel);

        var requests = Enumerable.Range(0, 12).Select(_ => person.GetAsync("/tickets")).ToList();

        await Waiting.UntilAsync("more requests than the default limit wait for the lock", async () => await server.Api.ReadAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 8);
        await transaction.RollbackAsync(Cancel);
        await Task.WhenAll(requests);
    }
}
