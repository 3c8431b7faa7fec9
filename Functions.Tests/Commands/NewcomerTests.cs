using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>The first start on a development machine, with no configuration except for a separate data folder.</summary>
[OwnServer]
public sealed class NewcomerTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_starts_with_a_private_Postgres_keeps_its_data_and_hints_at_promoting_an_administrator()
    {
        var folder = Directory.CreateTempSubdirectory("functionsapp-newcomer-");
        try
        {
            string id;
            await using (var first = Start(folder))
            await using (var api = await ApiAsync(first))
            {
                await first.WaitForLineAsync(line => line.Contains("users promote NAME", StringComparison.Ordinal) ? line : null, Cancel);
                id = (await api.PostAsync("/signup", new { username = "ada", password = Person.FirstPassword })).Is(200).Text("id");
                await StopAsync(first);
            }

            await using (var second = Start(folder))
            await using (var api = await ApiAsync(second))
            {
                await second.WaitForLineAsync(line => line.Contains("users promote NAME", StringComparison.Ordinal) ? line : null, Cancel);
                var login = (await api.LoginAsync("ada", Person.FirstPassword)).Is(200);
                Assert.Equal(id, (await api.GetAsync("/users/me", login.Text("access_token"))).Is(200).Text("id"));

                // Runs next to the server, on its database.
                await using var promote = FunctionsProcess.Start(["users", "promote", "ada"], In(folder));
                Assert.Equal(0, await promote.EndAsync(Cancel));
                var refreshed = (await api.PostAsync("/token/refresh", new { refresh_token = login.Text("refresh_token") })).Is(200);
                (await api.GetAsync("/users", refreshed.Text("access_token"))).Is(200);
                await StopAsync(second);
            }

            await using (var third = Start(folder))
            await using (var api = await ApiAsync(third))
            {
                var login = (await api.LoginAsync("ada", Person.FirstPassword)).Is(200);
                (await api.GetAsync("/users", login.Text("access_token"))).Is(200);
                await StopAsync(third);
                Assert.DoesNotContain("users promote NAME", third.Output, StringComparison.Ordinal);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_unknown_Postgres_source_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("functionsapp-newcomer-");
        try
        {
            await using var process = FunctionsProcess.Start(
                [],
                new Dictionary<string, string>(In(folder)) { ["Local__Postgres"] = "docker" }
            );

            Assert.Equal(1, await process.EndAsync(Cancel));
            Assert.Contains("Local__Postgres", process.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static Dictionary<string, string> In(DirectoryInfo folder) =>
        new()
        {
            ["Local__Folder"] = Path.Combine(folder.FullName, ".local"),
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Accounts__BcryptWorkFactor"] = "4",
            ["Local__Postgres"] = Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES") ?? "any",
        };

    static FunctionsProcess Start(DirectoryInfo folder) => FunctionsProcess.Start([], In(folder));

    static async Task<Api> ApiAsync(FunctionsProcess process)
    {
        var api = new Api(await TestServer.AddressAsync(process), "Host=nowhere", () => process.Output);
        await api.ReadyAsync();
        return api;
    }

    static async Task StopAsync(FunctionsProcess process)
    {
        process.Stop();
        Assert.Equal(0, await process.EndAsync(Cancel));
    }
}
