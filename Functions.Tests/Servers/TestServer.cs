using System.Text.RegularExpressions;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>A separate server for one test, on Kestrel, and its API.</summary>
public sealed partial class TestServer : IAsyncDisposable
{
    TestServer(FunctionsProcess process, Api api) => (Process, Api) = (process, api);

    public FunctionsProcess Process { get; }

    public Api Api { get; }

    /// <summary>Starts a server on a free port and waits until it listens. <see cref="Api.ReadyAsync"/> waits until it is ready.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="settings">Environment variables in addition to the defaults.</param>
    public static async Task<TestServer> StartAsync(string connectionString, params (string Name, string Value)[] settings)
    {
        var process = FunctionsProcess.Start([], Settings(connectionString, settings));
        try
        {
            var address = await AddressAsync(process);
            return new(process, new Api(address, connectionString, () => process.Output));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address that a server logs.</summary>
    public static async Task<Uri> AddressAsync(FunctionsProcess process) =>
        new(
            await process.WaitForLineAsync(
                line => Listening().Match(line) is { Success: true } match ? match.Groups[1].Value : null,
                TestContext.Current.CancellationToken
            )
        );

    /// <summary>The default settings of a server or a command, with overrides and additions.</summary>
    public static Dictionary<string, string> Settings(string connectionString, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ConnectionStrings__Postgres"] = connectionString,
            ["Database__MigrateOnStart"] = "true",
            ["Accounts__KeyEncryptionSecret"] = "Wk2nQ7rT0yUiOpAsDfGhJkLzXcVbNm1E3R5T8Y9U6I4=",
            ["Accounts__BcryptWorkFactor"] = "4",
            ["Shutdown__DrainSeconds"] = "0",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Process.DisposeAsync();
    }

    [GeneratedRegex("Now listening on: (http://[^\"\\s]+)")]
    private static partial Regex Listening();
}
