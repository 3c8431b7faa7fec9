using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Faults;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>A primary with a standby that accepts connections and statements and no longer responds.</summary>
[OwnServer]
public sealed class FrozenStandbyTests
{
    [Fact]
    [Fault(
        "a standby stopped (SIGSTOP) while nothing is written",
        "every read succeeds, those that the standby had taken after the time limit of a statement",
        "every read succeeds"
    )]
    public async Task Reads_that_a_frozen_standby_has_taken_are_answered_by_another_server()
    {
        Signals.Require();
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var server = await TestServer.StartAsync(cluster.ConnectionString);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        // From now on the standby is known to have everything, so it is not asked before a read.
        await ReadAsync();

        await using (await FrozenServer.FreezeAsync(cluster.Servers[1]))
        {
            await ReadAsync();
            await ReadAsync();
        }

        await ReadAsync();

        // Batched reads and others, all at once.
        async Task ReadAsync()
        {
            var paths = Enumerable.Repeat(new[] { "/users/me", "/ledger/entries" }, 3).SelectMany(path => path);
            foreach (var response in await Task.WhenAll(paths.Select(person.GetAsync)))
                response.Is(200);
        }
    }
}
