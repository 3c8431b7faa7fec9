using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary><c>shards drain-node</c> and what <c>shards status</c> says of it, with <see cref="CitusStandIn"/>.</summary>
[OwnServer]
public sealed class DrainNodeTests(TestServers servers)
{
    [Fact]
    public async Task A_node_is_drained_and_says_so()
    {
        var database = await CreateAsync();

        var drain = await RunAsync(database, "drain-node", "worker-2", "5432");
        var status = await RunAsync(database, "status");

        Assert.Equal(0, drain.Code);
        Assert.Contains("worker-2:5432 has no shards.", drain.Output, StringComparison.Ordinal);
        Assert.Contains("worker-1:5432: 4 shards, 33 kB\n", status.Output, StringComparison.Ordinal);
        Assert.Contains("worker-2:5432: 0 shards, 0 kB, drained\n", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rebalance_that_is_running_is_waited_for_because_it_leaves_the_shards_of_the_node()
    {
        var database = await CreateAsync(CitusStandIn.StartRebalance);

        var (code, output) = await RunAsync(database, "drain-node", "worker-2", "5432");

        Assert.Equal(0, code);
        Assert.Contains("Rebalance 1 is running.", output, StringComparison.Ordinal);
        Assert.Contains("worker-2:5432 has no shards.", output, StringComparison.Ordinal);
        Assert.Equal(0L, await Sql.RunAsync(database, "select count(*) from pg_dist_placement where groupid = 2"));
    }

    [Fact]
    public async Task A_node_that_keeps_shards_is_not_reported_as_drained()
    {
        var database = await CreateAsync(CitusStandIn.MoveNothing);

        var drain = await RunAsync(database, "drain-node", "worker-2", "5432");
        var status = await RunAsync(database, "status");

        Assert.Equal(1, drain.Code);
        Assert.Contains("error: worker-2:5432 still has 4 shards.", drain.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("can be removed", drain.Output, StringComparison.Ordinal);
        Assert.Contains("worker-2:5432: 4 shards, 33 kB, draining, 4 shards left\n", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinator_that_may_not_have_shards_but_has_them_is_not_drained()
    {
        var database = await CreateAsync(CitusStandIn.MoveNothing, "update pg_dist_placement set groupid = 0 where shardid = 1");

        var (code, output) = await RunAsync(database, "drain-node", "coordinator", "5432");

        Assert.Equal(1, code);
        Assert.Contains("error: coordinator:5432 still has 1 shard.", output, StringComparison.Ordinal);
    }

    async Task<string> CreateAsync(params string[] statements)
    {
        var database = await servers.CreateDatabaseAsync();
        foreach (var statement in statements.Prepend(CitusStandIn.Create))
            await Sql.RunAsync(database, statement);
        return database;
    }

    static async Task<(int Code, string Output)> RunAsync(string database, params string[] command) =>
        await FunctionsProcess.RunAsync(["shards", .. command], TestServer.Settings(database));
}
