using System.Globalization;
using FunctionsApp.Core.Database;
using Npgsql;
using static FunctionsApp.Core.Tests.Database.ReplicaRows;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Reads while a standby is full, has crashed or lags, and there may be no primary.</summary>
public sealed class StandbyFaultTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_standby_without_a_free_connection_is_passed_over_and_the_primary_is_the_last_to_answer()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var database = new PostgresDatabase($"{cluster.ConnectionString};Maximum Pool Size=1");
        await PrepareWithRowAsync(cluster, database);
        await database.Hosts!.RefreshAsync();

        var held = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < 3; i++)
                held.Add(await database.OpenForReadAsync(Cancel));
            Assert.Equal(cluster.Servers.Select(PortOf).Order(), held.Select(connection => connection.Port).Order());
            Assert.Equal(PortOf(cluster.Primary), held[2].Port);

            // The pool for writes has one too.
            Assert.Equal(PortOf(cluster.Primary), await ReadPortOnceAsync(database, 1));
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_standby_that_resets_after_a_crash_of_one_of_its_processes_shows_nothing_older()
    {
        Signals.Require();
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        var standby = cluster.Servers[1];
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await PostgresCluster.RunAsync(cluster.Primary, "checkpoint");
        for (var i = 0; i < 50; i++)
            await WriteAsync(database, i);
        await Waiting.UntilAsync("the standby answers", async () => await ReadPortAsync(database, 49) == PortOf(standby));
        var started = await PostgresCluster.RunAsync(standby, "select pg_postmaster_start_time()");
        var before = await PostgresCluster.RunAsync(standby, "select pg_last_wal_replay_lsn()");

        // While it catches up again it is behind its earlier self.
        await PostgresCluster.ConfigureAsync(standby, "set recovery_min_apply_delay = '1h'");
        await using (var connection = new NpgsqlConnection($"{standby.ConnectionString};Pooling=false"))
        {
            await connection.OpenAsync(Cancel);
            await Signals.SendAsync("KILL", connection.ProcessID.ToString(CultureInfo.InvariantCulture));
        }

        await Waiting.UntilAsync("it is back", async () => await IsBehindAsync());
        Assert.Equal(started, await PostgresCluster.RunAsync(standby, "select pg_postmaster_start_time()"));
        for (var i = 0; i < 20; i++)
            await ReadPortAsync(database, 49);

        async Task<bool> IsBehindAsync()
        {
            try
            {
                return await PostgresCluster.RunAsync(standby, $"select pg_last_wal_replay_lsn() < '{before}'") is true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Without_the_primary_no_standby_answers_until_a_restarted_one_has_applied_what_it_had_received_before()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        var (one, two) = (cluster.Servers[1], cluster.Servers[2]);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareWithRowAsync(cluster, database);

        // The first one receives nothing more. The second one receives the next row and does not apply it.
        await PostgresCluster.ConfigureAsync(one, "set primary_conninfo = ''");
        await Waiting.UntilAsync(
            "only the second one streams",
            async () => await PostgresCluster.RunAsync(cluster.Primary, "select count(*) from pg_stat_replication") is 1L
        );
        await PostgresCluster.ConfigureAsync(two, "set recovery_min_apply_delay = '1h'");
        await WriteAsync(database, 2);
        await ReadPortAsync(database, 2);
        await two.KillAsync(Cancel);
        await two.StartAgainAsync(Cancel);
        await cluster.Primary.KillAsync(Cancel);
        Assert.Equal(DBNull.Value, await PostgresCluster.RunAsync(two, "select pg_last_wal_receive_lsn()"));

        var read = ReadPortAsync(database, 2);

        await Assert.ThrowsAsync<TimeoutException>(() => read.WaitAsync(TimeSpan.FromSeconds(1), Cancel));
        await PostgresCluster.ConfigureAsync(two, "reset recovery_min_apply_delay");
        Assert.Equal(PortOf(two), await read);
    }

    [Fact]
    public async Task Without_a_primary_reads_go_on_although_the_last_one_is_a_standby_now_and_looks_for_its_log_in_an_archive()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareWithRowAsync(cluster, database);
        await ReadPortAsync(database, 1);

        // The archive does not answer as long as there is this file.
        var folder = (string)(await PostgresCluster.RunAsync(cluster.Primary, "show data_directory"))!;
        var slow = Path.Combine(folder, "slow");
        await PostgresCluster.RunAsync(
            cluster.Primary,
            "alter system set restore_command = 'while [ -e slow ]; do sleep 0.1; done; false'"
        );
        await cluster.Primary.KillAsync(Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "standby.signal"), "", Cancel);
        await cluster.Primary.StartAgainAsync(Cancel);
        await File.WriteAllTextAsync(slow, "", Cancel);
        await Waiting.UntilAsync(
            "it waits for the archive",
            async () =>
                await PostgresCluster.RunAsync(cluster.Primary, "select wait_event from pg_stat_activity where backend_type = 'startup'")
                    is "RestoreCommand"
        );

        for (var i = 0; i < 10; i++)
            await ReadPortAsync(database, 1);
    }

    [Fact]
    public async Task Without_the_primary_a_read_waits_for_a_standby_that_is_too_busy_to_answer()
    {
        Signals.Require();
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareWithRowAsync(cluster, database);
        await database.Hosts!.RefreshAsync();

        Task<int> read;
        await using (await FrozenServer.FreezeAsync(cluster.Servers[1]))
        {
            await cluster.Primary.KillAsync(Cancel);
            read = ReadPortAsync(database, 1);
            var busy = database.Hosts.Each[0];
            await Waiting.UntilAsync("it has not answered", () => Task.FromResult(busy.Failure is not null));
        }

        // As ReplicaWatch does every second.
        await database.Hosts.RefreshAsync();
        Assert.NotEqual(PortOf(cluster.Primary), await read);
    }

    [Fact]
    public async Task Batched_reads_wait_for_a_promotion_as_long_as_others()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareWithRowAsync(cluster, database);
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
        var (next, _) = await cluster.MostAdvancedAsync();
        await PostgresCluster.PromoteAsync(next);
        Assert.All(await Task.WhenAll(reads), port => Assert.Equal($"{PortOf(next)}", port));
    }
}
