using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>Each test has its own server and Postgres.</summary>
[OwnServer]
public sealed class DatabaseFaultTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("a server starts before its database", "`/healthz` 200, `/readyz` 503", "ready without a restart")]
    public async Task A_server_that_starts_before_its_database_is_not_ready_and_recovers()
    {
        await using var postgres = await StartPostgresAsync();
        await postgres.StopAsync(Cancel);
        await using var server = await TestServer.StartAsync(postgres.ConnectionString);

        (await server.Api.GetAsync("/healthz")).Is(200);
        (await server.Api.GetAsync("/readyz")).IsProblem(503);
        (await server.Api.GetAsync("/openapi.json")).Is(200);
        (await server.Api.GetAsync("/metrics")).Is(200);
        (await server.Api.GetAsync("/nothing")).IsProblem(404);
        (await server.Api.PostAsync("/signup", new { username = "ada", password = Person.FirstPassword })).IsProblem(503);
        (await server.Api.PostAsync("/signup", "{")).IsProblem(400);
        (await server.Api.LoginAsync("ada", Person.FirstPassword)).IsProblem(503);
        (await server.Api.GetAsync("/users/me", "some.old.token")).IsProblem(503);
        (await server.Api.GetAsync("/users/me")).IsProblem(401);
        (await server.Api.GetAsync("/.well-known/jwks.json")).IsProblem(503);

        await postgres.StartAgainAsync(Cancel);

        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    [Fault("Postgres killed and started again under load", "503", "every request works")]
    public async Task A_database_crash_during_requests_causes_503_until_recovery()
    {
        await using var postgres = await StartPostgresAsync();
        await using var server = await TestServer.StartAsync(postgres.ConnectionString);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        // This Postgres is not crash-safe: what must survive the crash has to be on the disk.
        await server.Api.ExecuteAsync("checkpoint");
        using var over = new CancellationTokenSource();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callers = Enumerable.Range(0, 8).Select(i => Task.Run(() => CallAsync(i), Cancel)).ToList();

        await postgres.CrashAsync(Cancel);
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        (await person.GetAsync("/users/me")).IsProblem(503);
        (await server.Api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(503);
        (await server.Api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(503);
        (await server.Api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword })).IsProblem(503);
        (await server.Api.GetAsync("/readyz")).IsProblem(503);
        (await server.Api.GetAsync("/healthz")).Is(200);
        // Keys are cached: tokens are still validated.
        (await server.Api.GetAsync("/.well-known/jwks.json")).Is(200);
        (await server.Api.GetAsync("/users/me", person.Token[..^8])).IsProblem(401);
        (await person.GetAsync("/users")).IsProblem(403);
        await postgres.StartAgainAsync(Cancel);

        await server.Api.ReadyAsync();
        await server.Api.PollAsync("/users/me", response => (int)response.Status == 200, person.Token);
        await over.CancelAsync();
        await Task.WhenAll(callers);
        await person.RefreshAsync();
        await person.LoginAsync();

        async Task CallAsync(int i)
        {
            while (!over.IsCancellationRequested)
            {
                var response = (i % 4) switch
                {
                    0 => await server.Api.LoginAsync(person.Name, Person.FirstPassword),
                    1 => await server.Api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword }),
                    _ => await person.GetAsync("/users/me"),
                };
                if ((int)response.Status == 200)
                    continue;
                response.IsProblem(503);
                failed.TrySetResult();
            }
        }
    }

    [Fact]
    [Fault("Postgres killed during sign-ups", "503 or the result", "each sign-up is complete or absent")]
    public async Task A_signup_interrupted_by_a_crash_is_complete_or_absent()
    {
        await using var postgres = await StartPostgresAsync();
        await using var server = await TestServer.StartAsync(postgres.ConnectionString);
        await server.Api.ReadyAsync();
        var firstDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var names = Enumerable.Range(0, 60).Select(_ => Unique.Name()).ToList();
        var signups = names
            .Select(async name =>
            {
                var response = await server.Api.PostAsync(
                    "/signup",
                    new
                    {
                        username = name,
                        password = Person.FirstPassword,
                        email = $"{name}@example.org",
                    }
                );
                if ((int)response.Status != 200)
                    response.IsProblem(503);
                firstDone.TrySetResult();
            })
            .ToList();

        await firstDone.Task;
        await postgres.CrashAsync(Cancel);
        await Task.WhenAll(signups);
        await postgres.StartAgainAsync(Cancel);
        await server.Api.ReadyAsync();

        foreach (var name in names)
        {
            var response = await server.Api.PostAsync(
                "/signup",
                new
                {
                    username = name,
                    password = Person.FirstPassword,
                    email = $"{name}@example.org",
                }
            );
            if ((int)response.Status != 200)
                response.IsProblem(409, "username");
            (await server.Api.LoginAsync(name, Person.FirstPassword)).Is(200);
        }

        Assert.Equal(60, await server.Api.ReadAsync<long>("select count(*) from users"));
        Assert.Equal(180, await server.Api.ReadAsync<long>("select count(*) from identifiers"));
    }

    [Fact]
    public async Task An_unmigrated_database_is_not_ready_and_the_detail_names_the_command()
    {
        var database = await servers.CreateEmptyDatabaseAsync();
        await using var server = await TestServer.StartAsync(database, ("Database__MigrateOnStart", "false"));

        Assert.Contains("migrate", (await server.Api.GetAsync("/readyz")).IsProblem(503).Text("detail"), StringComparison.Ordinal);
        (await server.Api.GetAsync("/healthz")).Is(200);
        (await server.Api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword })).IsProblem(503);

        await using (var migrate = FunctionsProcess.Start(["migrate"], TestServer.Settings(database)))
        {
            Assert.Equal(0, await migrate.EndAsync(Cancel));
        }

        await server.Api.ReadyAsync();
        await server.Api.NewPersonAsync();
    }

    static Task<LocalPostgresServer> StartPostgresAsync() =>
        LocalPostgresServer.StartTemporaryAsync(
            PostgresFixture.Source(Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES")),
            NullLogger.Instance,
            Cancel
        );
}
