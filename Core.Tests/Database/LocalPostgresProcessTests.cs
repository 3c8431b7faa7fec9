using Core.Database.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Core.Tests.Database;

public sealed class LocalPostgresProcessTests : IDisposable
{
    readonly TestFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_server_of_a_killed_process_is_used_by_the_next()
    {
        string left;
        await using (var second = await SecondProcess.StartAsync(folder.Path, Cancel))
        {
            left = await second.HearAsync("use ", Cancel);
            await second.KillAsync(Cancel);
        }

        Assert.True(await Sql.AnswersAsync(left));
        await using (var postgres = await StartAsync())
            Assert.Equal(left, postgres.ConnectionString);
        Assert.False(await Sql.AnswersAsync(left));
    }

    [Fact]
    public async Task Two_processes_share_one_server_and_the_last_out_stops_it()
    {
        var both = await Task.WhenAll(SecondProcess.StartAsync(folder.Path, Cancel), SecondProcess.StartAsync(folder.Path, Cancel));
        await using var first = both[0];
        await using var second = both[1];
        var connection = await first.HearAsync("use ", Cancel);
        Assert.Equal(connection, await second.HearAsync("use ", Cancel));

        await first.LeaveAsync(Cancel);
        Assert.True(await Sql.AnswersAsync(connection));
        await second.LeaveAsync(Cancel);
        Assert.False(await Sql.AnswersAsync(connection));
    }

    [Fact]
    public async Task An_initialisation_killed_half_way_is_done_anew()
    {
        await using (var second = await SecondProcess.StartAsync(folder.Path, Cancel))
        {
            await second.HearAsync("Making", Cancel);
            await second.KillAsync(Cancel);
        }

        Assert.False(Directory.Exists(new ClusterFolder(folder.Path).Data));
        await using var postgres = await StartAsync();
        Assert.True(await Sql.AnswersAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task A_temporary_one_is_destroyed_at_the_end()
    {
        string path;
        string connection;
        await using (var postgres = await LocalPostgres.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel))
        {
            (path, connection) = (postgres.Folder, postgres.ConnectionString);
            Assert.Equal("off", await Sql.RunAsync(connection, "SHOW fsync"));
        }

        Assert.False(Directory.Exists(path));
        Assert.False(await Sql.AnswersAsync(connection));
    }

    [Fact]
    public async Task What_a_killed_test_run_left_is_swept_away_and_what_is_in_use_stays()
    {
        await using var inUse = await LocalPostgres.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel);
        string left;
        string leftFolder;
        await using (var second = await SecondProcess.StartAsync(folder: null, Cancel))
        {
            left = await second.HearAsync("use ", Cancel);
            leftFolder = Path.GetDirectoryName((string)(await Sql.RunAsync(left, "SHOW data_directory"))!)!;
            await second.KillAsync(Cancel);
        }

        await using var next = await LocalPostgres.StartTemporaryAsync(PostgresSource.Any, NullLogger.Instance, Cancel);
        Assert.False(Directory.Exists(leftFolder));
        Assert.False(await Sql.AnswersAsync(left));
        Assert.True(await Sql.AnswersAsync(inUse.ConnectionString));
    }

    Task<LocalPostgres> StartAsync() => LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = folder.Path }, NullLogger.Instance, Cancel);
}
