using System.Collections.Concurrent;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class CutConnectionTests(TestServers servers)
{
    const int Clients = 6,
        Purchases = 8,
        Seats = 40;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "connections cut after 200 to 3,000 bytes, within statements and commits",
        "503 or the result, within 10 s",
        "each purchase is there once, no seat is sold twice, the same key gives the same ticket"
    )]
    public async Task Broken_connections_lose_no_ticket_and_sell_no_seat_twice()
    {
        await using var pair = await FaultyPair.StartAsync(servers);
        var story = await pair.StartStoryAsync(Seats);
        var sold = new ConcurrentDictionary<string, string>();
        var refused = 0;
        var buying = Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(
                        async () =>
                        {
                            for (var i = 0; i < Purchases; i++)
                                await BuyAsync($"{client}-{i}", client + i);
                        },
                        Cancel
                    )
                )
        );

        var random = new Random(11);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        // Until so many requests have failed that some connections broke between the commit and the response.
        while (!buying.IsCompleted)
        {
            if (Volatile.Read(ref refused) >= 20)
                break;
            var name = random.Next(2) == 0 ? "one" : "two";
            await using (await pair.Proxy.CutAfterAsync(name, random.Next(200, 3000)))
                await timer.WaitForNextTickAsync(Cancel);
            await pair.Proxy.CutAsync(name);
        }

        await buying;
        Assert.True(refused > 0, "Nothing was cut.");
        Assert.Equal(Clients * Purchases, sold.Count);
        Assert.Equal(Clients * Purchases, await CountAsync("select count(*) from train_tickets"));
        Assert.Equal(Clients * Purchases, sold.Values.Distinct().Count());
        Assert.Equal(Seats, await CountAsync("select count(*) from train_tickets where status = 'confirmed'"));
        Assert.Equal(
            Seats,
            await CountAsync("select count(distinct seat) from train_tickets cross join unnest(seats) as seat where status = 'confirmed'")
        );
        await Task.WhenAll(pair.One.Api.ReadyAsync(), pair.Two.Api.ReadyAsync());
        foreach (var (key, id) in sold)
            Assert.Equal(id, (await story.BuyAsync(story.Wish(), key: key)).Text("id"));
        await pair.StopAsync();

        async Task BuyAsync(string key, int first)
        {
            for (var attempt = first; ; attempt++)
            {
                var from = story with { Api = attempt % 2 == 0 ? pair.One.Api : pair.Two.Api };
                var response = await FaultyPair.InTimeAsync(from.BuyAsync(from.Wish(), key: key));
                if ((int)response.Status is 200 or 201)
                {
                    sold[key] = response.Text("id");
                    return;
                }

                response.IsProblem(503);
                Interlocked.Increment(ref refused);
            }
        }

        async Task<long> CountAsync(string sql)
        {
            await using var command = pair.Direct.CreateCommand(sql);
            return (long)(await command.ExecuteScalarAsync(Cancel))!;
        }
    }

    [Fact]
    [Fault("all connections of the pool ended by the database", "reading goes on without an error", "the same")]
    public async Task Reads_succeed_after_all_pooled_connections_were_terminated()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => (await person.GetAsync("/users/me")).Is(200)));

        await server.Api.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        );

        for (var i = 0; i < 20; i++)
            (await person.GetAsync("/users/me")).Is(200);
    }
}
