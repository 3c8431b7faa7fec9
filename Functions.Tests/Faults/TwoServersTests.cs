using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Accounts;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class TwoServersTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_entry_sent_to_both_servers_is_recorded_once_with_equal_responses()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var one = await TestServer.StartAsync(database);
        await using var other = await TestServer.StartAsync(database);
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var person = await one.Api.NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 20,
                }
            )
        ).Is(201);

        // Each purchase uses up the remaining cash: a second one would be refused.
        for (var i = 0; i < 20; i++)
        {
            var entry = new
            {
                type = "buy",
                at = "2024-01-02",
                symbol = "INFY",
                quantity = 1,
                price = 1,
            };
            var responses = await Task.WhenAll(
                new[] { one, other, one, other }.Select(server =>
                    server.Api.SendAsync(
                        HttpMethod.Post,
                        "/ledger/entries",
                        person.Token,
                        System.Net.Http.Json.JsonContent.Create(entry),
                        ("Idempotency-Key", $"key-{i}")
                    )
                )
            );

            Assert.All(responses, response => Assert.Equal(responses[0].Is(201).Body, response.Is(201).Body));
        }

        Assert.Equal(0, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("cash").GetDecimal());
    }

    [Fact]
    public async Task A_session_ended_on_one_server_is_refused_on_the_other_within_seconds()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var one = await TestServer.StartAsync(database);
        await using var other = await TestServer.StartAsync(database);
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var person = await one.Api.NewPersonAsync();
        (await other.Api.GetAsync("/users/me", person.Token)).Is(200);

        (await person.PostAsync("/logout")).Is(204);

        (await one.Api.GetAsync("/users/me", person.Token)).IsProblem(401);
        (await other.Api.PollAsync("/users/me", response => (int)response.Status != 200, person.Token)).IsProblem(401);
    }

    [Fact]
    public async Task A_deleted_or_disabled_user_is_refused_on_the_other_server_immediately()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var one = await TestServer.StartAsync(database);
        await using var other = await TestServer.StartAsync(database, ("Accounts__RevocationInterval", "01:00:00"));
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var (deleted, disabled, admin) = (await one.Api.NewPersonAsync(), await one.Api.NewPersonAsync(), await one.Api.NewAdminAsync());

        (await deleted.DeleteAccountAsync()).Is(204);
        (await admin.PatchAsync($"/users/{disabled.Id}", new { disabled = true })).Is(200);

        (await other.Api.GetAsync("/users/me", deleted.Token)).IsProblem(401);
        (await other.Api.GetAsync("/users/me", disabled.Token)).IsProblem(401);
    }

    [Fact]
    public async Task A_new_key_is_published_by_both_servers_before_it_signs_and_old_tokens_stay_valid()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var one = await TestServer.StartAsync(database);
        await using var other = await TestServer.StartAsync(database);
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var person = await one.Api.NewPersonAsync();
        var old = person.Token;

        var kid = await RotateAsync(database);
        Assert.NotEqual(kid, Kid(old));
        foreach (var server in new[] { one, other })
            await server.Api.PollAsync("/.well-known/jwks.json", response => response.Body.Contains(kid, StringComparison.Ordinal));
        foreach (var server in new[] { one, other })
            Assert.Equal(Kid(old), Kid(await LoginAsync(server, person)));

        // The new key becomes active. Whichever server signs with it first, the other one knows it.
        await one.Api.ExecuteAsync("update keys set signs_from = now() where kid = @kid", ("kid", kid));
        foreach (var server in new[] { one, other })
        {
            await Waiting.UntilAsync(
                "the new key signs",
                async () =>
                {
                    var token = await LoginAsync(server, person);
                    foreach (var reader in new[] { one, other })
                    {
                        (await reader.Api.GetAsync("/users/me", token)).Is(200);
                        (await reader.Api.GetAsync("/users/me", old)).Is(200);
                    }

                    return Kid(token) == kid;
                }
            );

            Assert.Equal(
                2,
                (await server.Api.GetAsync("/.well-known/jwks.json"))
                    .Is(200)
                    .Json.GetProperty("keys")
                    .EnumerateArray()
                    .Count(key => key.GetProperty("kty").GetString() == "RSA")
            );
        }
    }

    [Fact]
    public async Task Tokens_of_a_compromised_key_are_refused_by_both_servers_even_if_validated_before()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var one = await TestServer.StartAsync(database);
        await using var other = await TestServer.StartAsync(database);
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var person = await one.Api.NewPersonAsync();
        var old = person.Token;
        foreach (var server in new[] { one, other })
            (await server.Api.GetAsync("/users/me", old)).Is(200);

        var kid = await RotateAsync(database, "--compromised");

        foreach (var server in new[] { one, other })
            await server.Api.PollAsync("/users/me", response => (int)response.Status == 401, old);
        await person.RefreshAsync();
        Assert.Equal(kid, Kid(person.Token));
        foreach (var server in new[] { one, other })
        {
            (await server.Api.GetAsync("/users/me", person.Token)).Is(200);
            (await server.Api.GetAsync("/users/me", old)).IsProblem(401);
            Assert.DoesNotContain(Kid(old), (await server.Api.GetAsync("/.well-known/jwks.json")).Is(200).Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_signed_with_a_key_unknown_to_a_server_is_valid_there_immediately()
    {
        var database = await servers.CreateDatabaseAsync();
        // The server does not refresh its keys while this test runs.
        await using var one = await TestServer.StartAsync(database, ("Accounts__RevocationInterval", "01:00:00"));
        await one.Api.ReadyAsync();
        var person = await one.Api.NewPersonAsync();
        var kid = await RotateAsync(database, "--compromised");
        await using var other = await TestServer.StartAsync(database);
        await other.Api.ReadyAsync();
        var token = await LoginAsync(other, person);
        Assert.Equal(kid, Kid(token));
        var madeUp = ForgedToken.Of(token);
        madeUp.Header["kid"] = new string('A', 43);

        (await one.Api.GetAsync("/users/me", madeUp.SignedHs256(new byte[32]))).IsProblem(401);
        (await one.Api.GetAsync("/users/me", token)).Is(200);
    }

    static async Task<string> RotateAsync(string database, params string[] options)
    {
        await using var rotate = FunctionsProcess.Start(["keys", "rotate", .. options], TestServer.Settings(database));
        Assert.Equal(0, await rotate.EndAsync(Cancel));
        return System.Text.RegularExpressions.Regex.Match(rotate.Output, @"Key (\S+) ").Groups[1].Value;
    }

    static async Task<string> LoginAsync(TestServer server, Person person) =>
        (await server.Api.LoginAsync(person.Name, Person.FirstPassword)).Is(200).Text("access_token");

    static string Kid(string token) => (string)ForgedToken.Of(token).Header["kid"]!;
}
