using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>The commands for Citus on a database without it.</summary>
[OwnServer]
public sealed class ShardsCommandTests(TestServers servers)
{
    [Theory]
    [InlineData("shards", "status")]
    [InlineData("shards", "add-node", "worker", "5432")]
    [InlineData("shards", "rebalance")]
    [InlineData("shards", "rebalance", "--stop")]
    [InlineData("shards", "drain-node", "worker", "5432")]
    public async Task Without_Citus_a_command_fails_in_a_line_that_says_what_to_do(params string[] command)
    {
        var (code, output) = await FunctionsProcess.RunAsync(command, TestServer.Settings(await servers.CreateDatabaseAsync()));

        FailsWithoutCitus(code, output);
    }

    [Fact]
    public async Task Migrating_with_sharding_needs_Citus_and_the_migrations_stay_applied()
    {
        var database = await servers.CreateEmptyDatabaseAsync();

        var (code, output) = await FunctionsProcess.RunAsync(
            ["migrate"],
            TestServer.Settings(database).Append(new("Database__Sharding", "Citus"))
        );

        FailsWithoutCitus(code, output);
        var (again, _) = await FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(database));
        Assert.Equal(0, again);
    }

    [Fact]
    public async Task An_unknown_way_of_sharding_is_refused()
    {
        var (code, output) = await FunctionsProcess.RunAsync(
            ["migrate"],
            TestServer.Settings(await servers.CreateDatabaseAsync()).Append(new("Database__Sharding", "everywhere"))
        );

        Assert.Equal(1, code);
        Assert.Contains("Database__Sharding", output, StringComparison.Ordinal);
    }

    static void FailsWithoutCitus(int code, string output)
    {
        Assert.Equal(1, code);
        var error = Assert.Single(output.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains("is not a Citus cluster", error, StringComparison.Ordinal);
    }
}
