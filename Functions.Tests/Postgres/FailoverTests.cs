using System.Net.Http.Json;
using FunctionsApp.Core.Tests;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Faults;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tests.Trains;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>Two servers on a primary with two standbys. Clients write through one server and read through the other.</summary>
[OwnServer]
public sealed class FailoverTests
{
    const int Clients = 16;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "standbys that lag, then the primary killed (SIGKILL) and a standby promoted, 16 clients",
        "every client reads its own writes; writes are 503; reads go on; `/healthz` 200",
        "every acknowledged write is there once; no server was restarted"
    )]
    public async Task A_failover_under_load_loses_no_acknowledged_write_and_no_client_reads_anything_older_than_its_own()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var one = await TestServer.StartAsync(cluster.ConnectionString);
        await one.Api.ReadyAsync();
        await using var two = await TestServer.StartAsync(cluster.ConnectionString);
        await two.Api.ReadyAsync();
        var clients = new List<Client>();
        for (var i = 0; i < Clients; i++)
            clients.Add(new(await one.Api.NewPersonAsync(), i % 2 == 0 ? (one.Api, two.Api) : (two.Api, one.Api)));
        using var over = new CancellationTokenSource();
        var running = clients.Select(client => Task.Run(() => client.RunAsync(over.Token), Cancel)).ToList();

        await MoreAsync(client => client.Reads, 5);
        await PostgresCluster.ConfigureAsync(cluster.Servers[1], "set recovery_min_apply_delay = '40ms'");
        await MoreAsync(client => client.Reads, 5);
        await PostgresCluster.PauseAsync(cluster.Servers[2], true);
        await MoreAsync(client => client.Reads, 5);
        await PostgresCluster.PauseAsync(cluster.Servers[2], false);
        await PostgresCluster.ConfigureAsync(cluster.Servers[1], "reset recovery_min_apply_delay");

        await cluster.Primary.KillAsync(Cancel);
        var refused = clients.Sum(client => client.Refused);
        await MoreAsync(client => client.ReadsWhileRefused, 3);
        (await one.Api.GetAsync("/healthz")).Is(200);
        await one.Api.ReadyAsync();
        Assert.True(clients.Sum(client => client.Refused) > refused, "No write was refused while there was no primary.");

        var (next, other) = await cluster.MostAdvancedAsync();
        await PostgresCluster.PromoteAsync(next, other);
        await MoreAsync(client => client.Acknowledged, 5);
        await MoreAsync(client => client.Reads, 5);
        await over.CancelAsync();
        await Task.WhenAll(running);

        foreach (var client in clients)
            Assert.Equal(client.Acknowledged, await client.ReadCashAsync());
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{clients.Sum(client => client.Acknowledged)} writes, {clients.Sum(client => client.Reads)} reads, of which "
                + $"{clients.Sum(client => client.ReadsWhileRefused)} without a primary; "
                + $"{clients.Sum(client => client.Refused)} responses 503."
        );

        // Waits until every client has counted a number more of something.
        Task MoreAsync(Func<Client, int> count, int more)
        {
            var before = clients.ToDictionary(client => client, count);
            return Waiting.UntilAsync(
                "every client has gone on",
                () => Task.FromResult(clients.TrueForAll(client => count(client) >= before[client] + more)),
                running
            );
        }
    }

    [Fact]
    [Fault(
        "a server starts while the primary is absent, with `Database__StaleReads=true`",
        "`/readyz` 200; reads work; writes are 503",
        "writes work as soon as a standby is promoted"
    )]
    public async Task A_server_that_starts_without_the_primary_serves_reads()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        Person person;
        await using (var before = await TestServer.StartAsync(cluster.ConnectionString))
        {
            await before.Api.ReadyAsync();
            person = await before.Api.NewPersonAsync();
        }

        await Waiting.UntilAsync(
            "the standby has the user's session",
            async () => await PostgresCluster.RunAsync(cluster.Servers[1], "select count(*) from sessions") is 1L
        );
        await cluster.Primary.KillAsync(Cancel);
        await using var server = await TestServer.StartAsync(
            cluster.ConnectionString,
            ("Database__StaleReads", "true"),
            ("Database__MigrateOnStart", "false")
        );

        await server.Api.ReadyAsync();
        (await server.Api.GetAsync("/users/me", person.Token)).Is(200);
        (await server.Api.PostAsync("/logout", token: person.Token)).IsProblem(503);

        await PostgresCluster.PromoteAsync(cluster.Servers[1]);
        await server.Api.PollAsync("/readyz", response => (int)response.Status == 200);
        await server.Process.WaitForLineAsync(line => line.Contains("is the primary", StringComparison.Ordinal) ? line : null, Cancel);
        (await server.Api.PostAsync("/logout", token: person.Token)).Is(204);
    }

    [Fact]
    [Fault(
        "standbys that lag while an inspector uses a ticket",
        "reads through another server show the ticket as used, and never as unused again",
        "the same"
    )]
    public async Task A_ticket_never_appears_in_an_earlier_state()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var one = await TestServer.StartAsync(cluster.ConnectionString);
        await one.Api.ReadyAsync();
        await using var two = await TestServer.StartAsync(cluster.ConnectionString);
        await two.Api.ReadyAsync();
        var departure = DateTime.UtcNow.AddHours(1000);
        var story = new TrainStory(
            one.Api,
            await one.Api.NewAdminAsync(),
            await one.Api.NewPersonAsync(),
            default,
            Unique.Name(),
            DateOnly.FromDateTime(departure)
        );
        story = story with { Run = Guid.Parse((await story.Admin.PostAsync("/trains", story.Body(20, departure))).Is(201).Text("id")) };
        await PostgresCluster.ConfigureAsync(cluster.Servers[1], "set recovery_min_apply_delay = '2s'");

        for (var i = 0; i < 10; i++)
        {
            if (i == 5)
                await PostgresCluster.PauseAsync(cluster.Servers[2], true);
            var ticket = (await story.BuyAsync(story.Wish())).Is(201);
            var path = $"{story.Tickets}/{ticket.Text("id")}";
            (await two.Api.GetAsync(path, story.Traveler.Token)).Is(200);
            (await story.Admin.PostAsync("/tickets/verify", new { code = ticket.Text("code") })).Is(200);
            for (var read = 0; read < 5; read++)
                Assert.NotNull((await two.Api.GetAsync(path, story.Traveler.Token)).Is(200).Text("used_at"));
        }
    }

    /// <summary>Deposits 1 at a time through one server and reads the cash through another.</summary>
    sealed class Client(Person person, (Api Writes, Api Reads) servers)
    {
        int acknowledged,
            reads,
            readsWhileRefused,
            refused;

        public int Acknowledged => Volatile.Read(ref acknowledged);

        public int Reads => Volatile.Read(ref reads);

        public int ReadsWhileRefused => Volatile.Read(ref readsWhileRefused);

        public int Refused => Volatile.Read(ref refused);

        public async Task RunAsync(CancellationToken over)
        {
            var last = 0m;
            var (key, isPending) = ($"{Guid.NewGuid():N}", false);
            while (!over.IsCancellationRequested || isPending)
            {
                var response = await servers.Writes.SendAsync(
                    HttpMethod.Post,
                    "/ledger/entries",
                    person.Token,
                    JsonContent.Create(
                        new
                        {
                            type = "deposit",
                            at = "2024-01-02",
                            amount = 1,
                        }
                    ),
                    ("Idempotency-Key", key)
                );
                if ((int)response.Status == 503)
                {
                    Assert.NotNull(response.Header("Retry-After"));
                    Interlocked.Increment(ref refused);
                    isPending = true;
                }
                else
                {
                    Assert.True((int)response.Status is 200 or 201, $"{response}");
                    Interlocked.Increment(ref acknowledged);
                    (key, isPending) = ($"{Guid.NewGuid():N}", false);
                }

                var read = await servers.Reads.GetAsync("/portfolio", person.Token);
                if ((int)read.Status == 503)
                {
                    Interlocked.Increment(ref refused);
                    continue;
                }

                var cash = read.Is(200).Json.GetProperty("cash").GetDecimal();
                Assert.True(cash >= Acknowledged && cash >= last, $"Read {cash} after {last}, with {Acknowledged} acknowledged.");
                Assert.True(cash <= Acknowledged + (isPending ? 1 : 0), $"Read {cash} with {Acknowledged} acknowledged.");
                last = cash;
                Interlocked.Increment(ref reads);
                if (isPending)
                    Interlocked.Increment(ref readsWhileRefused);
            }
        }

        public async Task<decimal> ReadCashAsync() =>
            (await servers.Reads.GetAsync("/portfolio", person.Token)).Is(200).Json.GetProperty("cash").GetDecimal();
    }
}
