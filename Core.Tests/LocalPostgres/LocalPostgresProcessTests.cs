using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.LocalPostgres;

public sealed class LocalPostgresProcessTests : IDisposable
{
    readonly TestFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_server_of_a_killed_process_is_reused_by_the_next()
    {
        string left;
        await using (var second = await SecondProcess.StartAsync(folder.Path, Cancel))
        {
            left = await second.WaitForLineAsync("use ", Cancel);
            await second.KillAsync(Cancel);
        }

        Assert.True(await Sql.CanConnectAsync(left));
        await using (var postgres = await StartAsync())
            Assert.Equal(left, postgres.ConnectionString);
        Assert.False(await Sql.CanConnectAsync(left));
    }

    [Fact]
    public async Task Two_processes_share_one_server_which_the_last_one_stops()
    {
        var both = await Task.WhenAll(SecondProcess.StartAsync(folder.Path, Cancel), SecondProcess.StartAsync(folder.Path, Cancel));
        await using var first = both[0];
        await using var second = both[1];
        var connection = await first.WaitForLineAsync("use ", Cancel);
        Assert.Equal(connection, await second.WaitForLineAsync("use ", Cancel));

        await first.LeaveAsync(Cancel);
        Assert.True(await Sql.CanConnectAsync(connection));
        await second.LeaveAsync(Cancel);
        Assert.False(await Sql.CanConnectAsync(connection));
    }

    [Fact]
    public async Task A_killed_initialization_is_repeated()
    {
        await using (var second = await SecondProcess.StartAsync(folder.Path, Cancel))
        {
            await second.WaitForLineAsync("Creating", Cancel);
            await second.KillAsync(Cancel);
        }

        Assert.False(Directory.Exists(new ClusterFolder(folder.Path).Data));
        await using var postgres = await StartAsync();
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_temporary_server_is_deleted_on_disposal()
    {
        string path;
        string connection;
        await using (var postgres = await LocalPostgresServer.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel))
        {
            (path, connection) = (postgres.Folder, postgres.ConnectionString);
            Assert.Equal("off", await Sql.RunAsync(connection, "SHOW fsync"));
        }

        Assert.False(Directory.Exists(path));
        Assert.False(await Sql.CanConnectAsync(connection));
    }

    [Fact]
    public async Task Leftovers_of_a_killed_test_run_are_deleted_but_folders_in_use_are_kept()
    {
        await using var inUse = await LocalPostgresServer.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel);
        string left;
        string leftFolder;
        await using (var second = await SecondProcess.StartAsync(folder: null, Cancel))
        {
            left = await second.WaitForLineAsync("use ", Cancel);
            leftFolder = Path.GetDirectoryName((string)(await Sql.RunAsync(left, "SHOW data_directory"))!)!;
            await second.KillAsync(Cancel);
        }

        await using var next = await LocalPostgresServer.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel);
        Assert.False(Directory.Exists(leftFolder));
        Assert.False(await Sql.CanConnectAsync(left));
        Assert.True(await Sql.CanConnectAsync(inUse.ConnectionString));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(15)]
    public async Task An_interrupted_or_killed_process_leaves_no_temporary_Postgres_behind(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        Assert.SkipWhen(
            SecondProcess.Ignores(signal),
            "This test run ignores the signal, as a background job of a shell does SIGINT, and so do its children."
        );
        await using var second = await SecondProcess.StartAsync(folder: null, Cancel);
        var connection = await second.WaitForLineAsync("use ", Cancel);
        var data = (string)(await Sql.RunAsync(connection, "SHOW data_directory"))!;
        var postgres = System.Diagnostics.Process.GetProcessById(PostmasterPid.Read(Path.Combine(data, "postmaster.pid"))!.Pid);

        await second.SignalAsync(signal, Cancel);

        await postgres.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await Waiting.UntilAsync("the data folder is removed", () => Task.FromResult(!Directory.Exists(data)));
    }

    [Fact]
    public async Task A_test_program_and_its_Postgres_stop_when_the_parent_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux shows the parent of a process in a file.");
        await using var second = await SecondProcess.StartAsync(folder: null, Cancel, underShell: true);
        var connection = await second.WaitForLineAsync("use ", Cancel);
        var data = (string)(await Sql.RunAsync(connection, "SHOW data_directory"))!;

        await second.KillAsync(Cancel);

        await Waiting.UntilAsync(
            "Postgres and its data folder are gone",
            async () => !Directory.Exists(data) && !await Sql.CanConnectAsync(connection)
        );
    }

    [Fact]
    public async Task A_guarded_child_stops_with_its_parent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using var child = System.Diagnostics.Process.Start("sleep", "600");
        OrphanGuard.OfProcess(child.Id)!.Abandon();

        await child.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        Assert.Equal(128 + 15, child.ExitCode);
    }

    [Fact]
    public async Task The_server_does_not_inherit_open_files_of_its_parent()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux shows the open files of another process.");
        var held = folder.In("held");
        await File.WriteAllTextAsync(held, "", Cancel);
        await using var second = await SecondProcess.StartAsync(folder.In("cluster"), Cancel, held);
        var connection = await second.WaitForLineAsync("use ", Cancel);
        var data = (string)(await Sql.RunAsync(connection, "SHOW data_directory"))!;
        var pid = PostmasterPid.Read(Path.Combine(data, "postmaster.pid"))!.Pid;

        Assert.DoesNotContain(held, Directory.GetFiles($"/proc/{pid}/fd").Select(file => new FileInfo(file).LinkTarget));

        await second.LeaveAsync(Cancel);
    }

    Task<LocalPostgresServer> StartAsync() =>
        LocalPostgresServer.StartAsync(new LocalPostgresOptions { Folder = folder.Path }, NullLogger.Instance, Cancel);
}
