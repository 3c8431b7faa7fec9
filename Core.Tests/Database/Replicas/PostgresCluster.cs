using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// A primary with streaming standbys, each with its replication slot, of the Postgres that is installed on this machine. The test is
/// skipped where <c>pg_basebackup</c> is missing.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    static readonly Dictionary<string, string> Settings = new()
    {
        ["synchronous_commit"] = "on",
        ["wal_keep_size"] = "256MB",
        ["hot_standby_feedback"] = "on",
        // A standby that lost its primary looks for the next one soon.
        ["wal_retrieve_retry_interval"] = "100ms",
        ["wal_receiver_status_interval"] = "1s",
        ["wal_receiver_timeout"] = "2s",
    };

    readonly List<LocalPostgresServer> servers = [];

    /// <summary>The servers in the order of their start: the first primary, then <c>one</c>, <c>two</c>, …</summary>
    public IReadOnlyList<LocalPostgresServer> Servers => servers;

    /// <summary>The first primary.</summary>
    public LocalPostgresServer Primary => servers[0];

    /// <summary>All servers in one connection string, the standbys first.</summary>
    public string ConnectionString =>
        new NpgsqlConnectionStringBuilder(Primary.ConnectionString)
        {
            Host = string.Join(',', servers.Skip(1).Append(Primary).Select(server => server.Address)),
        }.ConnectionString;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="synchronous"><c>synchronous_standby_names</c>, such as <c>ANY 1 (one, two)</c>; empty for asynchronous.</param>
    /// <param name="standbys">How many.</param>
    public static async Task<PostgresCluster> StartAsync(string synchronous = "", int standbys = 2)
    {
        var cluster = new PostgresCluster();
        try
        {
            cluster.servers.Add(
                await LocalPostgresServer.StartTemporaryAsync(PostgresSource.Any, false, Settings, NullLogger.Instance, Cancel)
            );
            RequireBaseBackup(cluster.Primary);
            foreach (var name in new[] { "one", "two" }.Take(standbys))
                cluster.servers.Add(await (await cluster.Primary.CopyAsync(name, Cancel)).StartAsync(Settings, recover: false, Cancel));
            if (synchronous.Length > 0)
                await ConfigureAsync(cluster.Primary, $"set synchronous_standby_names = '{synchronous}'");

            await Waiting.UntilAsync(
                "the standbys stream",
                async () =>
                    await RunAsync(cluster.Primary, "select count(*) from pg_stat_replication where state = 'streaming'") is long n
                    && n == standbys
            );
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Skips the test where <c>pg_basebackup</c> is missing, as in the programs from npm.</summary>
    public static void RequireBaseBackup(LocalPostgresServer server) =>
        Assert.SkipUnless(server.Programs.PgBaseBackup is not null, $"{server.Programs.Folder} has no pg_basebackup.");

    /// <summary>
    /// The two standbys, first the one that has received more of the log of a primary that has ended. Only this one may be promoted: the
    /// other could not be followed by one that has more than it, and may lack an acknowledged write.
    /// </summary>
    public async Task<(LocalPostgresServer Next, LocalPostgresServer Other)> MostAdvancedAsync()
    {
        var (one, two) = (Servers[1], Servers[2]);
        return await ReceivedAsync(one) >= await ReceivedAsync(two) ? (one, two) : (two, one);

        static async Task<NpgsqlLogSequenceNumber> ReceivedAsync(LocalPostgresServer server) =>
            (NpgsqlLogSequenceNumber)(await RunAsync(server, "select pg_last_wal_receive_lsn()"))!;
    }

    /// <summary>Promotes a standby; the other standbys follow it.</summary>
    /// <param name="standby">The new primary.</param>
    /// <param name="others">The standbys that follow it, none of which has received more than it has.</param>
    public static async Task PromoteAsync(LocalPostgresServer standby, params LocalPostgresServer[] others)
    {
        await RunAsync(standby, "select pg_promote()");
        foreach (var server in others)
        {
            var slot = (string)(await RunAsync(server, "show primary_slot_name"))!;
            await RunAsync(standby, $"select pg_create_physical_replication_slot('{slot}', true)");
            var conninfo = (string)(await RunAsync(server, "show primary_conninfo"))!;
            var port = new NpgsqlConnectionStringBuilder(standby.ConnectionString).Port;
            var follow = System.Text.RegularExpressions.Regex.Replace(conninfo, @"\bport=\d+", $"port={port}");
            await ConfigureAsync(server, $"set primary_conninfo = '{follow.Replace("'", "''", StringComparison.Ordinal)}'");
        }
    }

    /// <summary>Runs a statement on a server.</summary>
    public static Task<object?> RunAsync(LocalPostgresServer server, string sql) => Sql.RunAsync(server.ConnectionString, sql);

    /// <summary>Changes a server's configuration while it runs.</summary>
    /// <param name="change">The rest of <c>alter system</c>, such as <c>set recovery_min_apply_delay = '2s'</c>.</param>
    public static async Task ConfigureAsync(LocalPostgresServer server, string change)
    {
        await RunAsync(server, $"alter system {change}");
        await RunAsync(server, "select pg_reload_conf()");
    }

    /// <summary>Pauses or resumes the replay of a standby, and waits until it has effect.</summary>
    public static async Task PauseAsync(LocalPostgresServer standby, bool pause)
    {
        await RunAsync(standby, pause ? "select pg_wal_replay_pause()" : "select pg_wal_replay_resume()");
        var state = pause ? "paused" : "not paused";
        await Waiting.UntilAsync(
            $"replay is {state}",
            async () => (string?)await RunAsync(standby, "select pg_get_wal_replay_pause_state()") == state
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
            await server.DisposeAsync();
    }
}
