using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Background;

public sealed class PoolWatchTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", false)]
    [InlineData(";Target Session Attributes=primary", true)]
    public async Task While_all_connections_for_writes_are_in_use_reads_on_standbys_count(string settings, bool exhausted)
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString + settings);
        var time = TimeProvider.System;
        using var clocks = new ClockWatch(time, NullLogger<ClockWatch>.Instance);
        var watch = new PoolWatch(database, clocks, new(time, NullLogger<FailureReports>.Instance), time);
        await watch.RunOnceAsync(Cancel);
        Assert.Equal(TimeSpan.Zero, watch.ExhaustedFor);
        var held = new List<NpgsqlConnection>();
        for (var i = 0; i < database.Sizes.Requests; i++)
            held.Add(await database.OpenAsync(Cancel));

        await watch.RunOnceAsync(Cancel);

        Assert.Equal(exhausted, watch.ExhaustedFor > TimeSpan.Zero);
        foreach (var one in held)
            await one.DisposeAsync();
        await watch.RunOnceAsync(Cancel);
        Assert.Equal(TimeSpan.Zero, watch.ExhaustedFor);
    }
}
