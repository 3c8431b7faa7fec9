using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class StopTests(TestServers servers)
{
    const string OnlyUnix = "Windows has no SIGTERM.";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopping_server_is_not_ready_but_serves_requests_while_it_drains()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), OnlyUnix);
        await using var server = await servers.StartAsync(("Shutdown__DrainSeconds", "2"));
        var person = await server.Api.NewPersonAsync();

        server.Process.Stop();

        var notReady = await server.Api.PollAsync("/readyz", response => (int)response.Status != 200);
        Assert.Contains("shutting down", notReady.IsProblem(503).Text("detail"), StringComparison.Ordinal);
        (await person.GetAsync("/users/me")).Is(200);
        await person.LoginAsync();
        Assert.Equal(0, await server.Process.EndAsync(Cancel));
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Api.GetAsync("/healthz"));
    }

    [Fact]
    [Fault("SIGTERM during requests", "requests in progress are completed", "exit code 0")]
    public async Task Requests_in_flight_complete_before_the_process_exits()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), OnlyUnix);
        await using var server = await servers.StartAsync(
            ("Accounts__BcryptWorkFactor", "11"),
            ("Accounts__HashingThreads", "1"),
            ("Shutdown__TimeoutSeconds", "50")
        );
        var person = await server.Api.NewPersonAsync();
        var logins = Enumerable.Range(0, 8).Select(_ => server.Api.LoginAsync(person.Name, Person.FirstPassword)).ToList();
        await Task.WhenAny(logins);
        // The others wait for the only hashing thread.
        Assert.Contains(logins, login => !login.IsCompleted);

        server.Process.Stop();

        Assert.All(await Task.WhenAll(logins), response => response.Is(200));
        Assert.Equal(0, await server.Process.EndAsync(Cancel));
    }

    [Fact]
    [Fault("server killed (SIGKILL)", "no response", "a new process continues where it was")]
    public async Task After_SIGKILL_a_new_process_continues_with_the_same_state()
    {
        var database = await servers.CreateDatabaseAsync();
        var server = await TestServer.StartAsync(database);
        await using var _ = server;
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        var ended = await server.Api.NewPersonAsync();
        (await ended.PostAsync("/logout")).Is(204);

        server.Process.Kill();
        Assert.NotEqual(0, await server.Process.EndAsync(Cancel));
        await using var next = await TestServer.StartAsync(database);
        await next.Api.ReadyAsync();

        (await next.Api.GetAsync("/users/me", person.Token)).Is(200);
        (await next.Api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).Is(200);
        (await next.Api.GetAsync("/users/me", ended.Token)).IsProblem(401);
    }
}
