using System.Net;
using System.Net.Sockets;
using Dapper;
using DbUp.Engine;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static FunctionsApp.Core.Tests.Database.ReplicaRows;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Reads and writes on a primary with two standbys.</summary>
public sealed class ReplicaReadsTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_are_spread_over_the_standbys_and_writes_go_to_the_primary()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);

        var ports = new HashSet<int>();
        for (var i = 0; i < 20; i++)
        {
            await WriteAsync(database, i);
            await ReadPortAsync(database, i);
        }

        await Waiting.UntilAsync(
            "both standbys have answered",
            async () =>
            {
                ports.Add(await ReadPortAsync(database, 19));
                return ports.Contains(PortOf(cluster.Servers[1])) && ports.Contains(PortOf(cluster.Servers[2]));
            }
        );
    }

    [Fact]
    public async Task A_read_sees_every_write_of_another_server_of_the_application_while_standbys_lag()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var writer = new PostgresDatabase(cluster.ConnectionString);
        await using var reader = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(writer);
        await PostgresCluster.ConfigureAsync(cluster.Servers[1], "set recovery_min_apply_delay = '15ms'");
        var number = 0;

        for (; number < 100; number++)
        {
            await WriteAsync(writer, number);
            await ReadPortAsync(reader, number);
        }

        // The one that has not caught up is passed over.
        await PostgresCluster.PauseAsync(cluster.Servers[1], true);
        for (; number < 130; number++)
        {
            await WriteAsync(writer, number);
            Assert.NotEqual(PortOf(cluster.Servers[1]), await ReadPortAsync(reader, number));
        }

        // If no standby is up to date, the primary answers.
        await PostgresCluster.PauseAsync(cluster.Servers[2], true);
        for (; number < 160; number++)
        {
            await WriteAsync(writer, number);
            Assert.Equal(PortOf(cluster.Primary), await ReadPortAsync(reader, number));
        }

        await PostgresCluster.PauseAsync(cluster.Servers[1], false);
        await PostgresCluster.PauseAsync(cluster.Servers[2], false);
        await Waiting.UntilAsync("standbys answer again", async () => await ReadPortAsync(reader, number - 1) != PortOf(cluster.Primary));
    }

    [Fact]
    public async Task A_standby_that_crashes_and_comes_back_shows_nothing_older()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await PostgresCluster.RunAsync(cluster.Primary, "checkpoint");
        for (var i = 0; i < 50; i++)
            await WriteAsync(database, i);
        await Waiting.UntilAsync("the standby answers", async () => await ReadPortAsync(database, 49) == PortOf(cluster.Servers[1]));

        // While it catches up again it is behind its earlier self.
        await PostgresCluster.RunAsync(cluster.Servers[1], "alter system set recovery_min_apply_delay = '5s'");
        var before = await PostgresCluster.RunAsync(cluster.Servers[1], "select pg_last_wal_replay_lsn()");
        await cluster.Servers[1].KillAsync(Cancel);
        await cluster.Servers[1].StartAgainAsync(Cancel);
        Assert.True((bool)(await PostgresCluster.RunAsync(cluster.Servers[1], $"select pg_last_wal_replay_lsn() < '{before}'"))!);
        for (var i = 0; i < 20; i++)
            await ReadPortAsync(database, 49);
    }

    [Fact]
    public async Task Without_the_primary_reads_go_on_and_show_every_acknowledged_write()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await PostgresCluster.PauseAsync(cluster.Servers[1], true);
        await WriteAsync(database, 1);
        await ReadPortAsync(database, 1);
        await WriteAsync(database, 2);

        await cluster.Primary.KillAsync(Cancel);

        for (var i = 0; i < 10; i++)
            Assert.Equal(PortOf(cluster.Servers[2]), await ReadPortAsync(database, 2));
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(database, 3));
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);

        // Which of the acknowledged writes the other one had received cannot be known.
        await cluster.Servers[1].KillAsync(Cancel);
        failure = await Assert.ThrowsAnyAsync<Exception>(() => ReadPortAsync(database, 2));
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);
    }

    [Fact]
    public async Task A_read_that_failed_with_the_primary_is_repeated_without_the_primary()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await ReadPortAsync(database, 1);

        // The pool for writes does not know yet that its connections have ended.
        await cluster.Primary.KillAsync(Cancel);
        PostgresDatabase.RepeatReads();

        Assert.NotEqual(PortOf(cluster.Primary), await ReadPortOnceAsync(database, 1));
    }

    [Fact]
    public async Task A_read_that_failed_is_repeated_on_the_primary()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        PostgresDatabase.RepeatReads();

        for (var i = 0; i < 4; i++)
            Assert.Equal(PortOf(cluster.Primary), await ReadPortOnceAsync(database, 1));
    }

    [Fact]
    public async Task With_asynchronous_replication_reads_need_the_primary_unless_they_may_be_stale()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var strict = new PostgresDatabase(cluster.ConnectionString);
        await using var stale = new PostgresDatabase(cluster.ConnectionString, staleReads: true);
        await PrepareAsync(strict);
        await WriteAsync(strict, 1);
        await ReadPortAsync(strict, 1);
        await ReadPortAsync(stale, 1);
        await UntilBothHaveTheRowAsync(cluster);

        await cluster.Primary.KillAsync(Cancel);

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => ReadPortAsync(strict, 1));
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);
        Assert.NotEqual(PortOf(cluster.Primary), await ReadPortAsync(stale, 1));
    }

    [Fact]
    public async Task After_a_failover_writes_and_reads_work_without_a_restart_and_the_old_primary_is_not_used()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await ReadPortAsync(database, 1);
        await cluster.Primary.KillAsync(Cancel);
        var (next, other) = await cluster.MostAdvancedAsync();
        await Waiting.UntilAsync(
            "the standby has the row",
            async () => await PostgresCluster.RunAsync(next, "select count(*) from t") is 1L
        );

        await PostgresCluster.PromoteAsync(next, other);

        await UntilWrittenAsync(database, 2);
        await ReadPortAsync(database, 2);
        for (var i = 3; i < 100; i++)
        {
            await WriteAsync(database, i);
            await ReadPortAsync(database, i);
        }

        // The standby that follows the new primary answers, once it is on its timeline.
        await Waiting.UntilAsync("the standby answers", async () => await ReadPortAsync(database, 99) == PortOf(other));
    }

    [Fact]
    public async Task After_a_promotion_reads_and_writes_go_to_the_promoted_server_at_once()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await ReadPortAsync(database, 1);
        await cluster.Primary.KillAsync(Cancel);
        await UntilBothHaveTheRowAsync(cluster);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(database, 2));
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);

        // The other standby does not follow it, so it cannot answer.
        await PostgresCluster.PromoteAsync(cluster.Servers[1]);

        for (var i = 0; i < 10; i++)
            Assert.Equal(PortOf(cluster.Servers[1]), await ReadPortAsync(database, 1));
        await WriteAsync(database, 3);

        // As CloudNativePG does after a promotion.
        await PostgresCluster.RunAsync(
            cluster.Servers[1],
            "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        );

        for (var i = 0; i < 10; i++)
            Assert.Equal(PortOf(cluster.Servers[1]), await ReadPortAsync(database, 1));
    }

    [Fact]
    public async Task A_command_waits_until_a_standby_is_promoted()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await cluster.Primary.KillAsync(Cancel);

        var waiting = database.WaitForPrimaryAsync(TimeSpan.FromMinutes(1), Cancel);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.OpenAsync(Cancel).AsTask());
        Assert.False(waiting.IsCompleted);
        await PostgresCluster.PromoteAsync(cluster.Servers[1]);
        await waiting;

        await PrepareAsync(database);
    }

    [Fact]
    public async Task A_command_waits_for_a_limited_time_while_no_server_is_the_primary()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await cluster.Primary.KillAsync(Cancel);

        await database.WaitForPrimaryAsync(TimeSpan.Zero, Cancel);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.OpenAsync(Cancel).AsTask());
    }

    [Fact]
    public async Task No_request_waits_for_a_server_that_does_not_respond()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        // Accepts connections and never responds.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var database = new PostgresDatabase(
            With(cluster, $"{silent.LocalEndpoint}", cluster.Servers[0].Address, cluster.Servers[1].Address)
        );
        await new ReplicaWatch(database, NullLogger<ReplicaWatch>.Instance).RunOnceAsync(Cancel);
        await PrepareAsync(database);
        while (silent.Pending())
            (await silent.AcceptTcpClientAsync(Cancel)).Dispose();

        for (var i = 0; i < 20; i++)
        {
            database.Renew();
            await WriteAsync(database, i);
            await ReadPortAsync(database, i);
            await (await database.OpenForSignInAsync(Cancel)).DisposeAsync();
        }

        Assert.False(silent.Pending());
    }

    [Fact]
    public async Task A_slow_state_query_does_not_overwrite_the_result_of_a_faster_one()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        // Accepts connections and never responds.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var database = new PostgresDatabase(
            With(cluster, $"{silent.LocalEndpoint}", cluster.Primary.Address, cluster.Servers[1].Address)
        );
        var hosts = database.Hosts!;
        await hosts.RefreshAsync();
        await cluster.Primary.KillAsync(Cancel);

        // Takes a second, of which the standby's answer is the smallest part.
        var slow = hosts.RefreshAsync();
        await PostgresCluster.PromoteAsync(cluster.Servers[1]);
        var (_, found) = await hosts.ScanAsync(Cancel);
        await slow;

        Assert.NotNull(found);
        Assert.Equal(cluster.Servers[1].Address, hosts.Primary?.Name);
    }

    [Fact]
    public async Task An_earlier_primary_that_comes_back_as_a_primary_is_neither_written_to_nor_migrated()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(With(cluster, cluster.Primary.Address, cluster.Servers[1].Address));
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await cluster.Primary.KillAsync(Cancel);
        await PostgresCluster.PromoteAsync(cluster.Servers[1]);
        await UntilWrittenAsync(database, 2);

        await cluster.Primary.StartAgainAsync(Cancel);

        for (var i = 3; i < 20; i++)
        {
            await database.Hosts!.RefreshAsync();
            database.Renew();
            await WriteAsync(database, i);
        }

        Assert.Equal(1L, await PostgresCluster.RunAsync(cluster.Primary, "select count(*) from t"));

        var script = new SqlScript("one.sql", "create table migrated ()");
        await new Migrations(database, NullLogger<Migrations>.Instance, [script]).MigrateAsync(Cancel);

        Assert.False(await IsMigratedAsync(cluster.Primary));
        Assert.True(await IsMigratedAsync(cluster.Servers[1]));

        static async Task<bool> IsMigratedAsync(LocalPostgresServer server) =>
            await PostgresCluster.RunAsync(server, "select to_regclass('migrated') is not null") is true;
    }

    [Fact]
    public async Task A_server_whose_state_may_not_be_queried_is_written_to_if_it_is_the_primary()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await PostgresCluster.RunAsync(cluster.Primary, "create role plain login password 'plain'");
        await PostgresCluster.RunAsync(cluster.Primary, "grant all on schema public to plain");
        await PostgresCluster.RunAsync(cluster.Primary, "revoke all on function pg_postmaster_start_time() from public");
        await Waiting.UntilAsync(
            "the standby has it too",
            async () =>
                await PostgresCluster.RunAsync(
                    cluster.Servers[1],
                    "select rolname is not null and not has_function_privilege(rolname, 'pg_postmaster_start_time()', 'execute') "
                        + "from (values (1)) as one left join pg_roles on rolname = 'plain'"
                )
                    is true
        );
        await using var database = new PostgresDatabase($"{cluster.ConnectionString};Username=plain;Password=plain");

        await PrepareAsync(database);
        await WriteAsync(database, 1);

        Assert.Equal(PortOf(cluster.Primary), await ReadPortAsync(database, 1));
    }

    [Fact]
    public async Task A_primary_that_is_too_busy_to_report_its_state_is_still_written_to()
    {
        Signals.Require();
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        var process = (string)
            (await PostgresCluster.RunAsync(cluster.Primary, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"))!;
        await using var direct = NpgsqlDataSource.Create(cluster.Primary.ConnectionString);
        await using var connection = await direct.OpenConnectionAsync(Cancel);

        // It accepts no new connection, and those for questions are lost. The pooled one for writes remains.
        await Signals.SendAsync("STOP", process);
        try
        {
            var lost = await connection.ExecuteScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                    + "where query like '%pg_postmaster_start_time%' and pid <> pg_backend_pid()"
            );
            Assert.NotEqual(0, lost);
            await database.Hosts!.RefreshAsync();
            Assert.Null(database.Hosts.Primary);

            await WriteAsync(database, 2);
        }
        finally
        {
            await Signals.SendAsync("CONT", process);
        }
    }

    [Fact]
    public async Task A_read_waits_for_the_promotion_of_a_standby_that_has_not_applied_every_acknowledged_write()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await ReadPortAsync(database, 1);
        await UntilBothHaveTheRowAsync(cluster);
        await PostgresCluster.PauseAsync(cluster.Servers[1], true);
        await PostgresCluster.PauseAsync(cluster.Servers[2], true);
        await WriteAsync(database, 2);
        await ReadPortAsync(database, 2);
        await cluster.Primary.KillAsync(Cancel);

        var read = ReadPortOnceAsync(database, 2);

        await Assert.ThrowsAsync<TimeoutException>(() => read.WaitAsync(TimeSpan.FromSeconds(3), Cancel));
        // A promotion ends the pause.
        var (next, _) = await cluster.MostAdvancedAsync();
        await PostgresCluster.PromoteAsync(next);
        Assert.Equal(PortOf(next), await read);
    }

    [Fact]
    public async Task A_commit_that_no_standby_confirms_is_not_acknowledged()
    {
        await using var cluster = await PostgresCluster.StartAsync("ANY 1 (one, two)");
        await using var database = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await cluster.Servers[1].StopAsync(Cancel);
        await cluster.Servers[2].StopAsync(Cancel);

        var single = await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(database, 2));
        var transaction = await Assert.ThrowsAnyAsync<Exception>(() =>
            database.InTransactionAsync(
                async (connection, transaction) => await connection.ExecuteAsync("insert into t values (3)", transaction: transaction),
                Cancel
            )
        );

        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(single)?.Kind);
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(transaction)?.Kind);
    }

    [Fact]
    public async Task A_standby_alone_serves_reads_and_cannot_be_migrated()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var primary = new PostgresDatabase(cluster.ConnectionString);
        await PrepareAsync(primary);
        await WriteAsync(primary, 1);
        await ReadPortAsync(primary, 1);
        await using var database = new PostgresDatabase(cluster.Servers[1].ConnectionString);
        await Waiting.UntilAsync(
            "the standby has the row",
            async () =>
                await PostgresCluster.RunAsync(cluster.Servers[1], "select to_regclass('t')::text") is "t"
                && await PostgresCluster.RunAsync(cluster.Servers[1], "select count(*) from t") is 1L
        );

        await ReadPortAsync(database, 1);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(database, 2));
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);
        var e = await Assert.ThrowsAsync<ConfigurationException>(() =>
            new Migrations(database, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(Cancel)
        );
        Assert.Contains("standby", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_with_a_standby_alone_is_a_warning()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);

        Assert.Contains("is a standby", await LogOfStartAsync(cluster.Servers[1].ConnectionString), StringComparison.Ordinal);
        Assert.Equal("", await LogOfStartAsync(cluster.Primary.ConnectionString));
        Assert.DoesNotContain("refuses every change", await LogOfStartAsync(cluster.ConnectionString), StringComparison.Ordinal);

        static async Task<string> LogOfStartAsync(string connectionString)
        {
            await using var database = new PostgresDatabase(connectionString);
            var log = new LogLines<ReplicaWatch>();
            await new ReplicaWatch(database, log).StartAsync(Cancel);
            return log.Text;
        }
    }

    [Fact]
    public async Task Without_the_primary_a_standby_says_whether_reads_are_batched()
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase(cluster.ConnectionString, staleReads: true);
        await cluster.Primary.KillAsync(Cancel);
        var batching = new ReadBatching(database, new());

        await batching.CheckAsync(Cancel);

        Assert.True(batching.IsOn);
    }

    [Fact]
    public async Task With_a_single_server_a_read_costs_no_further_statement()
    {
        await using var database = new PostgresDatabase(await postgres.CreateEmptyDatabaseAsync());
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        using var statements = new StatementCounter();

        for (var i = 0; i < 10; i++)
            await ReadPortAsync(database, 1);

        Assert.Equal(10, statements.Count);
        Assert.Null(database.Hosts);
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("read-write")]
    public async Task Target_session_attributes_keep_reads_on_the_primary(string attributes)
    {
        await using var cluster = await PostgresCluster.StartAsync(standbys: 1);
        await using var database = new PostgresDatabase($"{cluster.ConnectionString};Target Session Attributes={attributes}");
        await PrepareAsync(database);
        await WriteAsync(database, 1);

        Assert.Equal(PortOf(cluster.Primary), await ReadPortAsync(database, 1));
    }

    [Theory]
    [InlineData("Host=a,b;Target Session Attributes=standby", "primary")]
    [InlineData("Host=a,b:x", "port")]
    [InlineData("Host=a,b:0", "port")]
    [InlineData("Host=a,,b", "empty")]
    [InlineData("Host=app:s3cret@db-1,db-2", "user")]
    [InlineData("Host=db-1,app:s3cret@db-2:5432", "user")]
    [InlineData("Host=postgres://app:s3cret@db-1,db-2", "user")]
    [InlineData("Host=app:s3cret@db", "user")]
    [InlineData("Host=postgres://app:s3cret@db/app", "user")]
    [InlineData("Host=db/s3cret", "address")]
    [InlineData("Host=app:s3cret,db-2", "port")]
    public void Wrong_servers_are_refused_without_quoting_what_may_be_a_password(string connectionString, string reason)
    {
        var e = Assert.Throws<ConfigurationException>(() => new PostgresDatabase(connectionString));

        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=/var/run/postgresql")]
    [InlineData("Host=/var/run/app@home")]
    [InlineData("Host=@abstract/socket")]
    [InlineData("Host=[::1]:5433,::1,db_1.example:5432")]
    public void Sockets_and_addresses_are_hosts(string connectionString) =>
        Assert.Equal(
            connectionString,
            $"Host={new NpgsqlConnectionStringBuilder(new PostgresDatabase(connectionString).ConnectionString).Host}"
        );

    static string With(PostgresCluster cluster, params string[] hosts) =>
        new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Host = string.Join(',', hosts) }.ConnectionString;
}
