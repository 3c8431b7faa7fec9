using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>A read-only database, such as a standby or a primary with a nearly full disk.</summary>
[OwnServer]
public sealed class ReadOnlyDatabaseTests(TestServers servers)
{
    [Fact]
    [Fault("the database only reads", "reads work; writes are 503; `/readyz` 200", "writes work")]
    public async Task Reads_succeed_and_writes_are_503_while_the_database_is_read_only()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.PostAsync("/ledger/entries", Deposit(1))).Is(201);
        await OnlyReadsAsync(server.Api, "on");

        foreach (var path in new[] { "/users/me", "/users/me/sessions", "/tickets", "/ledger/entries", "/portfolio" })
            (await person.GetAsync(path)).Is(200);
        await server.Api.ReadyAsync();
        (await server.Api.GetAsync("/healthz")).Is(200);
        (await server.Api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(503);
        (await server.Api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword })).IsProblem(503);
        (await person.PostAsync("/ledger/entries", Deposit(2))).IsProblem(503);
        (
            await person.PatchAsync("/users/me", new { email = $"{person.Name}@example.org", current_password = Person.FirstPassword })
        ).IsProblem(503);

        await OnlyReadsAsync(server.Api, "off");
        (await person.PostAsync("/ledger/entries", Deposit(4))).Is(201);
        Assert.Equal(5, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("cash").GetDecimal());
        await Waiting.UntilAsync(
            "signing in works",
            async () => (int)(await server.Api.LoginAsync(person.Name, Person.FirstPassword)).Status == 200
        );
    }

    static object Deposit(int amount) =>
        new
        {
            type = "deposit",
            at = "2024-01-02",
            amount,
        };

    // The setting applies to new sessions, so existing ones are terminated.
    static Task OnlyReadsAsync(Api api, string value) =>
        api.ExecuteAsync(
            $"""
            do $$
            begin
                set transaction read write;
                execute format('alter database %I set default_transaction_read_only = {value}', current_database());
                perform pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
            end
            $$
            """
        );
}
