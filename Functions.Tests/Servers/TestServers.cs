using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(TestServers))]

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>
/// The server that most tests share, and separate servers for other tests. With the environment variables
/// <c>FUNCTIONSAPP_TEST_URL</c> and <c>FUNCTIONSAPP_TEST_POSTGRES_CONNECTION</c>, the shared server is one that is already running, with
/// its database; <c>FUNCTIONSAPP_TEST_HOST=Azure</c> means that it runs under the Functions host if that cannot be detected.
/// </summary>
public sealed class TestServers : IAsyncDisposable
{
    readonly PostgresFixture postgres = new();
    readonly Lazy<Task<Shared>> shared;

    public TestServers() => shared = new(StartSharedAsync);

    sealed record Shared(Api Api, TestServer? Server);

    /// <summary>Creates a database with all migrations and no rows.</summary>
    /// <returns>The connection string.</returns>
    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync();

    /// <summary>Creates a database without migrations.</summary>
    /// <returns>The connection string.</returns>
    public Task<string> CreateEmptyDatabaseAsync() => postgres.CreateEmptyDatabaseAsync();

    /// <summary>The shared server's API. Other tests use it at the same time, and its database may contain any data.</summary>
    public async Task<Api> SharedAsync() => (await shared.Value).Api;

    /// <summary>Starts a server with additional settings on a new database and waits until it is ready.</summary>
    public async Task<TestServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = await TestServer.StartAsync(await CreateDatabaseAsync(), settings);
        await server.Api.ReadyAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (shared.IsValueCreated)
        {
            // A failed start has already failed the tests that waited for it.
            await ((Task)shared.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (shared.Value.IsCompletedSuccessfully)
            {
                await shared.Value.Result.Api.DisposeAsync();
                if (shared.Value.Result.Server is { } server)
                    await server.DisposeAsync();
            }
        }

        await postgres.DisposeAsync();
    }

    async Task<Shared> StartSharedAsync()
    {
        var url = Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_URL");
        var connection = Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES_CONNECTION");
        if (string.IsNullOrEmpty(url) && string.IsNullOrEmpty(connection))
        {
            var server = await StartAsync();
            return new(server.Api, server);
        }

        if (string.IsNullOrEmpty(url) || string.IsNullOrEmpty(connection))
            throw new InvalidOperationException(
                "FUNCTIONSAPP_TEST_URL and FUNCTIONSAPP_TEST_POSTGRES_CONNECTION go together: the server's address and its database."
            );
        await using (var database = new PostgresDatabase(connection))
        {
            await new Migrations(database, Core.Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(
                TestContext.Current.CancellationToken
            );
        }

        var api = new Api(new Uri(url), connection, () => "The server was not started by the tests: see its log.")
        {
            IsKestrel = await IsKestrelAsync(new Uri(url)),
        };
        await api.ReadyAsync();
        return new(api, null);
    }

    // Only Kestrel redirects the root to the documentation: the Functions host has its own page there.
    static async Task<bool> IsKestrelAsync(Uri url)
    {
        if (Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_HOST") is { Length: > 0 } host)
            return !host.Equals("Azure", StringComparison.OrdinalIgnoreCase);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var root = await http.GetAsync(new Uri(url, "/"), TestContext.Current.CancellationToken);
        return root.Headers.Location is { } location && location.OriginalString.EndsWith("/docs", StringComparison.Ordinal);
    }
}
