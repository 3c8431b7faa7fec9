using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>The command <c>smoke</c> checks a deployment, and leaves no account behind.</summary>
[OwnServer]
public sealed class SmokeCommandTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Smoke_buys_a_ticket_twice_on_one_run_and_deletes_its_accounts()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();

        foreach (var host in new string[][] { [], ["--host", "api.example.org"] })
        {
            var (code, output) = await RunAsync(["smoke", await UrlAsync(server), .. host], database);

            Assert.True(code == 0, output);
            Assert.Contains("confirmed", output, StringComparison.Ordinal);
            Assert.Contains("Deleted the account.", output, StringComparison.Ordinal);
        }

        Assert.Equal(1, await CountAsync(database, "select count(*) from train_runs"));
        Assert.Equal(0, await CountAsync(database, "select count(*) from users where username like 'smoke-%'"));
    }

    [Fact]
    public async Task A_wrong_password_fails_and_leaves_no_account()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();

        var (code, output) = await RunAsync(["smoke", await UrlAsync(server), "--wrong-password"], database);

        Assert.Equal(1, code);
        Assert.Contains("/login returned 401 instead of 200", output, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(database, "select count(*) from users where username like 'smoke-%'"));
    }

    [Fact]
    public async Task A_deployment_that_cannot_be_reached_is_named()
    {
        var (code, output) = await RunAsync(["smoke", "http://127.0.0.1:9"], await servers.CreateDatabaseAsync());

        Assert.Equal(1, code);
        Assert.Contains("error: POST http://127.0.0.1:9/v1/signup failed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://localhost:8890/v1")]
    public async Task An_address_with_a_path_is_refused(string url)
    {
        var (code, output) = await RunAsync(["smoke", url], "Host=nowhere");

        Assert.Equal(1, code);
        Assert.Contains("is not a URL without a path", output, StringComparison.Ordinal);
    }

    static async Task<string> UrlAsync(TestServer server) =>
        (await TestServer.AddressAsync(server.Process)).GetLeftPart(UriPartial.Authority);

    static async Task<long> CountAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    static Task<(int ExitCode, string Output)> RunAsync(string[] command, string database) =>
        FunctionsProcess.RunAsync(command, TestServer.Settings(database));
}
