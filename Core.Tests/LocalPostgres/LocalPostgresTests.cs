using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.LocalPostgres;

public sealed class LocalPostgresTests : IDisposable
{
    readonly TestFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    LocalPostgresOptions Options => new() { Folder = folder.Path };

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Data_port_and_password_are_kept_for_the_next_start()
    {
        string first;
        await using (var postgres = await StartAsync(Options))
        {
            first = postgres.ConnectionString;
            await Sql.RunAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        Assert.False(await Sql.CanConnectAsync(first));

        await using var again = await StartAsync(Options);
        Assert.Equal(first, again.ConnectionString);
        Assert.Equal(42, await Sql.RunAsync(again.ConnectionString, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task Server_listens_on_loopback_only_and_requires_the_password()
    {
        await using var postgres = await StartAsync(Options);

        Assert.Equal("127.0.0.1", await Setting(postgres, "listen_addresses"));
        Assert.Equal("", await Setting(postgres, "unix_socket_directories"));
        Assert.Equal(
            0L,
            await Sql.RunAsync(postgres.ConnectionString, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'")
        );
        var wrong = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "wrong" };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(wrong.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task The_password_is_readable_by_its_owner_only_and_never_logged()
    {
        var log = new LogLines();
        await using var postgres = await LocalPostgresServer.StartAsync(Options, log, Cancel);

        var password = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Password!;
        var file = new ClusterFolder(postgres.Folder).PasswordFile;
        Assert.Equal(password, await File.ReadAllTextAsync(file, Cancel));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(password, log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(password, await ReadLogAsync(postgres), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_is_utf8_in_c_order_and_durable()
    {
        await using var postgres = await StartAsync(Options with { Database = "my \"own\" one" });

        Assert.Equal("my \"own\" one", await Sql.RunAsync(postgres.ConnectionString, "SELECT current_database()::text"));
        Assert.Equal("UTF8", await Setting(postgres, "server_encoding"));
        Assert.Equal(
            "C",
            await Sql.RunAsync(postgres.ConnectionString, "SELECT datcollate FROM pg_database WHERE datname = current_database()")
        );
        Assert.Equal("on", await Setting(postgres, "fsync"));
        Assert.Equal("200", await Setting(postgres, "max_connections"));
    }

    [Fact]
    public async Task Settings_are_applied_except_for_the_address()
    {
        var settings = new Dictionary<string, string>
        {
            ["max_connections"] = "33",
            ["application_name"] = @"it's a \ ",
            ["listen_addresses"] = "*",
        };
        await using var postgres = await StartAsync(Options with { Durable = false, Settings = settings });

        Assert.Equal("33", await Setting(postgres, "max_connections"));
        Assert.Equal(@"it's a \ ", await Setting(postgres, "application_name"));
        Assert.Equal("127.0.0.1", await Setting(postgres, "listen_addresses"));
        Assert.Equal("off", await Setting(postgres, "fsync"));
    }

    [Fact]
    public async Task Concurrent_starts_share_one_server_until_the_last_is_disposed()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(Options)));
        var connection = Assert.Single(all.Select(one => one.ConnectionString).Distinct());

        await all[0].DisposeAsync();
        await all[1].DisposeAsync();
        await all[1].DisposeAsync();
        Assert.True(await Sql.CanConnectAsync(connection));

        await all[2].DisposeAsync();
        Assert.False(await Sql.CanConnectAsync(connection));
    }

    [Fact]
    public async Task Two_paths_to_one_folder_share_one_server()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links are a privilege on Windows.");
        var link = folder.Path + "-link";
        Directory.CreateSymbolicLink(link, folder.Path);
        try
        {
            await using var one = await StartAsync(Options);
            await using var other = await StartAsync(Options with { Folder = link });
            Assert.Equal(one.ConnectionString, other.ConnectionString);
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Fact]
    public async Task A_copied_folder_is_a_separate_server()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is copied by cp.");
        await using var original = await StartAsync(Options);
        using var copy = new TestFolder();
        Assert.True((await new ChildProgram("cp", ["-a", folder.Path + "/.", copy.Path]).RunAsync(Cancel)).Succeeded);

        await using var other = await StartAsync(Options with { Folder = copy.Path });
        Assert.NotEqual(original.ConnectionString, other.ConnectionString);
    }

    [Fact]
    public async Task The_error_of_a_failed_start_contains_the_log()
    {
        var settings = new Dictionary<string, string> { ["shared_buffers"] = "much" };
        var error = await Assert.ThrowsAsync<LocalPostgresException>(() => StartAsync(Options with { Settings = settings }));

        Assert.Contains("shared_buffers", error.Message, StringComparison.Ordinal);
        Assert.Contains("postgres.log", error.Message, StringComparison.Ordinal);

        await using var repaired = await StartAsync(Options);
        Assert.True(await Sql.CanConnectAsync(repaired.ConnectionString));
    }

    static Task<LocalPostgresServer> StartAsync(LocalPostgresOptions options) =>
        LocalPostgresServer.StartAsync(options, NullLogger.Instance, Cancel);

    static async Task<string> ReadLogAsync(LocalPostgresServer postgres)
    {
        await using var stream = new FileStream(
            Path.Combine(postgres.Folder, "postgres.log"),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancel);
    }

    static async Task<object?> Setting(LocalPostgresServer postgres, string name) =>
        await Sql.RunAsync(postgres.ConnectionString, $"SHOW {name}");
}
