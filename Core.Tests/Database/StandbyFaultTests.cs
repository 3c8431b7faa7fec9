using FunctionsApp.Core.Database;
using static FunctionsApp.Core.Tests.Database.ReplicaRows;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Reads while a standby is full, has crashed or lags, and there may be no primary.</summary>
public sealed class StandbyFaultTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batched_reads_wait_for_a_promotion_as_long_as_others()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await UntilBothHaveTheRowAsync(cluster);
        await PostgresCluster.PauseAsync(cluster.Servers[1], true);
        await PostgresCluster.PauseAsync(cluster.Servers[2], true);
        await WriteAsync(database, 2);
        await ReadPortAsync(database, 2);
        await cluster.Primary.KillAsync(Cancel);
        using var batches = new BatchedRead<int, string>(
            "test",
            async keys =>
            {
                var port = await ReadPortAsync(database, 2);
                return keys.ToDictionary(key => key, _ => $"{port}");
            },
            _ => false,
            new ReadBatching(database, new()).Limits,
            TimeProvider.System
        );

        // More than run at once, so some wait in the queue.
        var reads = Enumerable.Range(0, 2 * BatchLimits.DefaultAtOnce).Select(key => batches.ReadAsync(key, Cancel)).ToList();

        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(reads).WaitAsync(TimeSpan.FromSeconds(3), Cancel));
        // A promotion ends the pause.
        await PostgresCluster.PromoteAsync(cluster.Servers[2]);
        Assert.All(await Task.WhenAll(reads), port => Assert.Equal($"{PortOf(cluster.Servers[2])}", port));
    }
}
