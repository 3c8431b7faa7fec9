using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.LocalPostgres;

public sealed class LocalPostgresFaultTests : IDisposable
{
    readonly TestFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_a_crash_the_server_restarts_on_the_same_port_with_all_commits()
    {
        await using var postgres = await StartAsync();
        await Sql.RunAsync(postgres.ConnectionString, "CREATE TABLE t AS SELECT 1 AS one");

        await postgres.CrashAsync(Cancel);
        Assert.False(await Sql.CanConnectAsync(postgres.ConnectionString));

        await postgres.StartAgainAsync(Cancel);
        Assert.Equal(1, await Sql.RunAsync(postgres.ConnectionString, "SELECT one FROM t"));
    }

    [Fact]
    public async Task A_stopped_server_starts_again_and_starting_twice_has_no_effect()
    {
        await using var postgres = await StartAsync();
        await postgres.StopAsync(Cancel);
        await postgres.StopAsync(Cancel);
        await postgres.StartAgainAsync(Cancel);
        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_killed_server_with_open_sessions_is_restarted()
    {
        await using var postgres = await StartAsync();
        await using var session = new NpgsqlConnection(postgres.ConnectionString);
        await session.OpenAsync(Cancel);
        using (var server = Process.GetProcessById(PidOf(postgres).Pid))
            server.Kill();

        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_pid_file_of_an_ended_process_is_ignored()
    {
        await using var postgres = await StartAsync();
        var pidFile = new ClusterFolder(postgres.Folder).PidFile;
        var note = await File.ReadAllLinesAsync(pidFile, Cancel);
        await postgres.StopAsync(Cancel);
        await File.WriteAllLinesAsync(pidFile, note, Cancel);

        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_reused_pid_is_ignored_and_its_process_survives()
    {
        using var othersFolder = new TestFolder();
        await using var other = await LocalPostgresServer.StartAsync(Options(othersFolder.Path), NullLogger.Instance, Cancel);
        await using var postgres = await StartAsync();
        var pidFile = new ClusterFolder(postgres.Folder).PidFile;
        var note = await File.ReadAllLinesAsync(pidFile, Cancel);
        await postgres.StopAsync(Cancel);
        note[0] = $"{PidOf(other).Pid}";
        await File.WriteAllLinesAsync(pidFile, note, Cancel);

        await postgres.StopAsync(Cancel);
        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
        Assert.True(await Sql.CanConnectAsync(other.ConnectionString));
    }

    [Fact]
    public async Task A_port_in_use_is_replaced_by_another()
    {
        int port;
        await using (var first = await StartAsync())
            port = PortOf(first);
        using var busy = new TcpListener(IPAddress.Loopback, port);
        busy.Start();

        int other;
        await using (var second = await StartAsync())
            other = PortOf(second);
        Assert.NotEqual(port, other);

        await using var third = await StartAsync();
        Assert.Equal(other, PortOf(third));
    }

    [Fact]
    public async Task Servers_that_compete_for_one_port_all_start()
    {
        using var second = new TestFolder();
        using var third = new TestFolder();
        string[] folders = [folder.Path, second.Path, third.Path];
        var port = FreePort.Find();
        foreach (var each in folders)
            new ClusterFolder(each).Port = port;

        var all = await Task.WhenAll(folders.Select(each => LocalPostgresServer.StartAsync(Options(each), NullLogger.Instance, Cancel)));
        Assert.Equal(3, all.Select(PortOf).Distinct().Count());
        foreach (var postgres in all)
        {
            Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
            await postgres.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_canceled_initialization_leaves_nothing_behind_and_the_next_start_works()
    {
        using var cancel = new CancellationTokenSource();
        var log = new LogLines(line => cancel.CancelAfter(line.StartsWith("Creating", StringComparison.Ordinal) ? 100 : -1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            LocalPostgresServer.StartAsync(Options(folder.Path), log, cancel.Token)
        );
        Assert.False(Directory.Exists(new ClusterFolder(folder.Path).Data));

        await using var postgres = await StartAsync();
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_start_canceled_at_any_time_leaves_no_server_behind()
    {
        await using (await StartAsync()) { }

        foreach (var milliseconds in new[] { 1, 40, 60, 80, 100, 120 })
        {
            using var cancel = new CancellationTokenSource(milliseconds);
            try
            {
                await using var postgres = await LocalPostgresServer.StartAsync(Options(folder.Path), NullLogger.Instance, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Null(PostmasterPid.Read(new ClusterFolder(folder.Path).PidFile));
            }
        }

        await using var last = await StartAsync();
        Assert.True(await Sql.CanConnectAsync(last.ConnectionString));
    }

    [Fact]
    public async Task Data_of_other_programs_is_not_touched()
    {
        var data = Directory.CreateDirectory(new ClusterFolder(folder.Path).Data).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "precious"), "", Cancel);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(StartAsync);
        Assert.Contains(data, error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(data, "precious")));
    }

    [Fact]
    public async Task A_lost_password_is_reported()
    {
        string file;
        await using (var postgres = await StartAsync())
            file = new ClusterFolder(postgres.Folder).PasswordFile;
        File.Move(file, file + ".away");

        var error = await Assert.ThrowsAsync<LocalPostgresException>(StartAsync);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);

        File.Move(file + ".away", file);
        await using var again = await StartAsync();
        Assert.True(await Sql.CanConnectAsync(again.ConnectionString));
    }

    Task<LocalPostgresServer> StartAsync() => LocalPostgresServer.StartAsync(Options(folder.Path), NullLogger.Instance, Cancel);

    static LocalPostgresOptions Options(string folder) => new() { Folder = folder };

    static PostmasterPid PidOf(LocalPostgresServer postgres) => PostmasterPid.Read(new ClusterFolder(postgres.Folder).PidFile)!;

    static int PortOf(LocalPostgresServer postgres) => new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Port;
}
