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
    public async Task After_a_crash_it_is_back_on_the_same_port_with_what_was_committed()
    {
        await using var postgres = await StartAsync();
        await Sql.RunAsync(postgres.ConnectionString, "CREATE TABLE t AS SELECT 1 AS one");

        await postgres.CrashAsync(Cancel);
        Assert.False(await Sql.AnswersAsync(postgres.ConnectionString));

        await postgres.StartAgainAsync(Cancel);
        Assert.Equal(1, await Sql.RunAsync(postgres.ConnectionString, "SELECT one FROM t"));
    }

    [Fact]
    public async Task Stopped_it_starts_again_and_a_second_time_changes_nothing()
    {
        await using var postgres = await StartAsync();
        await postgres.StopAsync(Cancel);
        await postgres.StopAsync(Cancel);
        await postgres.StartAgainAsync(Cancel);
        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_killed_server_with_open_sessions_is_started_again()
    {
        await using var postgres = await StartAsync();
        await using var session = new NpgsqlConnection(postgres.ConnectionString);
        await session.OpenAsync(Cancel);
        using (var server = Process.GetProcessById(PidOf(postgres).Pid))
            server.Kill();

        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_pid_file_of_a_process_that_is_gone_is_no_obstacle()
    {
        await using var postgres = await StartAsync();
        var pidFile = new ClusterFolder(postgres.Folder).PidFile;
        var note = await File.ReadAllLinesAsync(pidFile, Cancel);
        await postgres.StopAsync(Cancel);
        await File.WriteAllLinesAsync(pidFile, note, Cancel);

        await postgres.StartAgainAsync(Cancel);
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_pid_that_another_program_has_now_is_no_obstacle_and_that_program_lives()
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
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
        Assert.True(await Sql.AnswersAsync(other.ConnectionString));
    }

    [Fact]
    public async Task A_busy_port_is_given_up_for_another()
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
    public async Task Servers_that_race_for_one_port_all_start()
    {
        using var second = new TestFolder();
        using var third = new TestFolder();
        string[] folders = [folder.Path, second.Path, third.Path];
        var port = FreePort.Any();
        foreach (var each in folders)
            new ClusterFolder(each).Port = port;

        var all = await Task.WhenAll(folders.Select(each => LocalPostgresServer.StartAsync(Options(each), NullLogger.Instance, Cancel)));
        Assert.Equal(3, all.Select(PortOf).Distinct().Count());
        foreach (var postgres in all)
        {
            Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
            await postgres.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_cancelled_initialization_leaves_nothing_and_the_next_start_works()
    {
        using var cancel = new CancellationTokenSource();
        var log = new LogLines(line => cancel.CancelAfter(line.StartsWith("Making", StringComparison.Ordinal) ? 100 : -1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            LocalPostgresServer.StartAsync(Options(folder.Path), log, cancel.Token)
        );
        Assert.False(Directory.Exists(new ClusterFolder(folder.Path).Data));

        await using var postgres = await StartAsync();
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_start_cancelled_at_any_moment_leaves_no_server()
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
        Assert.True(await Sql.AnswersAsync(last.ConnectionString));
    }

    [Fact]
    public async Task Data_of_somebody_elses_making_is_not_touched()
    {
        var data = Directory.CreateDirectory(new ClusterFolder(folder.Path).Data).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "precious"), "", Cancel);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(StartAsync);
        Assert.Contains(data, error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(data, "precious")));
    }

    [Fact]
    public async Task A_lost_password_is_told()
    {
        string file;
        await using (var postgres = await StartAsync())
            file = new ClusterFolder(postgres.Folder).PasswordFile;
        File.Move(file, file + ".away");

        var error = await Assert.ThrowsAsync<LocalPostgresException>(StartAsync);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);

        File.Move(file + ".away", file);
        await using var again = await StartAsync();
        Assert.True(await Sql.AnswersAsync(again.ConnectionString));
    }

    Task<LocalPostgresServer> StartAsync() => LocalPostgresServer.StartAsync(Options(folder.Path), NullLogger.Instance, Cancel);

    static LocalPostgresOptions Options(string folder) => new() { Folder = folder };

    static PostmasterPid PidOf(LocalPostgresServer postgres) => PostmasterPid.Read(new ClusterFolder(postgres.Folder).PidFile)!;

    static int PortOf(LocalPostgresServer postgres) => new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Port;
}
