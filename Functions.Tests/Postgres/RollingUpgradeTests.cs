using FunctionsApp.Functions.Tests.Faults;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>
/// Servers of the version before run while the schema of the next one is expanded, with statements that they have prepared.
/// </summary>
[OwnServer]
public sealed class RollingUpgradeTests(TestServers servers)
{
    [Fact]
    [Fault(
        "the schema is expanded for the next version while servers of this one run",
        "every request succeeds, also with statements prepared before",
        "new servers start on the expanded schema"
    )]
    public async Task Expanding_the_schema_does_not_disturb_servers_of_the_version_before()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var people = new List<Person>();
        for (var i = 0; i < 4; i++)
            people.Add(await server.Api.NewPersonAsync());
        using var over = new CancellationTokenSource();
        var requests = 0;
        var running = people.Select(RunAsync).ToList();

        foreach (
            var expansion in new[]
            {
                "alter table users add column nickname text",
                "alter table ledger_entries add column tag text default 'none'",
                // The types of results of prepared statements change, once: a second change would fail a read's second attempt.
                "alter table users alter column username type varchar(200), alter column email type varchar(400)",
                "create index on ledger_entries (user_id, tag)",
            }
        )
        {
            var before = Volatile.Read(ref requests);
            await server.Api.ExecuteAsync(expansion);
            await Core.Tests.Waiting.UntilAsync(
                "requests go on",
                () => Task.FromResult(Volatile.Read(ref requests) > before + 40),
                running
            );
        }

        await over.CancelAsync();
        await Task.WhenAll(running);
        await using var next = await TestServer.StartAsync(database);
        await next.Api.ReadyAsync();
        (await next.Api.GetAsync("/users/me", people[0].Token)).Is(200);

        async Task RunAsync(Person person)
        {
            await Task.Yield();
            while (!over.IsCancellationRequested)
            {
                (await person.GetAsync("/users/me")).Is(200);
                (await person.GetAsync("/portfolio")).Is(200);
                (
                    await person.PostAsync(
                        "/ledger/entries",
                        new
                        {
                            type = "deposit",
                            at = "2024-01-02",
                            amount = 1,
                        }
                    )
                ).Is(201);
                Interlocked.Add(ref requests, 3);
            }
        }
    }
}
