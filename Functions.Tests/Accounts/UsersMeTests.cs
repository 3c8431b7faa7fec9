using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class UsersMeTests(TestServers servers)
{
    [Fact]
    public async Task My_account_is_returned()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        var person = await api.NewPersonAsync(email);

        var response = (await person.GetAsync("/users/me")).Is(200);

        Assert.Equal(
            ["created_at", "disabled", "email", "id", "role", "updated_at", "username"],
            response.Json.EnumerateObject().Select(field => field.Name).Order()
        );
        Assert.Equal(
            (person.Id.ToString(), person.Name, email, "user"),
            (response.Text("id"), response.Text("username"), response.Text("email"), response.Text("role"))
        );
        Assert.False(response.Json.GetProperty("disabled").GetBoolean());
        Assert.Equal("\"1\"", response.Header("ETag"));
    }

    [Fact]
    public async Task Without_a_token_the_response_is_401_with_a_Bearer_challenge()
    {
        var api = await servers.SharedAsync();

        var response = (await api.GetAsync("/users/me")).IsProblem(401);

        Assert.Equal("Bearer", response.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_change_changes_what_it_names_and_the_etag()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        var person = await api.NewPersonAsync(email);
        var name = Unique.Name();

        var renamed = (await person.PatchAsync("/users/me", new { username = name })).Is(200);
        Assert.Equal((name, email), (renamed.Text("username"), renamed.Text("email")));
        Assert.Equal("\"2\"", renamed.Header("ETag"));
        var removed = (await person.PatchAsync("/users/me", $$"""{"email": null, "current_password": "{{Person.FirstPassword}}"}""")).Is(
            200
        );
        Assert.Equal(JsonValueKind.Null, removed.Json.GetProperty("email").ValueKind);
        Assert.Equal(name, removed.Text("username"));

        Assert.Equal(removed.Body, (await person.GetAsync("/users/me")).Is(200).Body);
        (await api.LoginAsync(name, Person.FirstPassword)).Is(200);
        (await api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(401);
        (
            await api.PostAsync(
                "/signup",
                new
                {
                    username = person.Name,
                    password = Person.FirstPassword,
                    email,
                }
            )
        ).Is(200);
    }

    [Fact]
    public async Task An_empty_change_changes_nothing()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var before = await person.GetAsync("/users/me");

        var response = (await person.PatchAsync("/users/me", "{}")).Is(200);

        Assert.Equal((before.Body, before.Header("ETag")), (response.Body, response.Header("ETag")));
    }

    [Fact]
    public async Task The_username_can_be_changed_to_another_spelling()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        Assert.Equal(
            person.Name.ToUpperInvariant(),
            (await person.PatchAsync("/users/me", new { username = person.Name.ToUpperInvariant() })).Is(200).Text("username")
        );
        (await api.LoginAsync(person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task A_taken_name_is_409_and_changes_nothing()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var email = Unique.Email();
        var somebody = await api.NewPersonAsync(email);
        var newName = Unique.Name();

        (await person.PatchAsync("/users/me", new { username = somebody.Name.ToUpperInvariant() })).IsProblem(409, "username");
        (
            await person.PatchAsync(
                "/users/me",
                new
                {
                    username = newName,
                    email = email.ToUpperInvariant(),
                    current_password = Person.FirstPassword,
                }
            )
        ).IsProblem(409, "email");

        Assert.Equal(person.Name, (await person.GetAsync("/users/me")).Is(200).Text("username"));
        (await api.PostAsync("/signup", new { username = newName, password = Person.FirstPassword })).Is(200);
    }

    [Fact]
    public async Task Values_refused_at_signup_are_refused_in_a_change()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (
            await person.PatchAsync(
                "/users/me",
                new
                {
                    username = "a b",
                    email = "nobody",
                    current_password = Person.FirstPassword,
                }
            )
        ).IsProblem(400, "email", "username");
        (await person.PatchAsync("/users/me", """{"username": null, "role": "admin"}""")).IsProblem(400, "role");
        (await person.PatchAsync("/users/me", """{"disabled": true}""")).IsProblem(400, "disabled");
        (await person.PatchAsync("/users/me", """{"email": 7}""")).IsProblem(400, "email");
    }

    [Fact]
    public async Task If_Match_must_name_the_current_version()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var (first, second) = (Unique.Email(), Unique.Email());

        var changed = (
            await person.PatchAsync("/users/me", new { email = first, current_password = Person.FirstPassword }, ifMatch: "\"1\"")
        ).Is(200);
        Assert.Equal("\"2\"", changed.Header("ETag"));
        foreach (var stale in new[] { "\"1\"", "\"3\"", "W/\"2\"", "\"x\"", "\"\"", "\"1\", \"3\"" })
        {
            (
                await person.PatchAsync("/users/me", new { email = second, current_password = Person.FirstPassword }, ifMatch: stale)
            ).IsProblem(412);
        }

        Assert.Equal(first, (await person.GetAsync("/users/me")).Text("email"));
        (await person.PatchAsync("/users/me", new { email = second, current_password = Person.FirstPassword }, ifMatch: "\"1\", \"2\"")).Is(
            200
        );
        (await person.PatchAsync("/users/me", new { email = first, current_password = Person.FirstPassword }, ifMatch: "*")).Is(200);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("\"2")]
    [InlineData("two")]
    [InlineData("\"2\" \"3\"")]
    public async Task A_malformed_If_Match_is_400(string header)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (
            await person.PatchAsync("/users/me", new { email = Unique.Email(), current_password = Person.FirstPassword }, ifMatch: header)
        ).IsProblem(400, "If-Match");

        Assert.Equal("\"1\"", (await person.GetAsync("/users/me")).Header("ETag"));
    }

    [Fact]
    public async Task Of_ten_changes_of_one_version_at_once_one_is_made()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ =>
                    person.PatchAsync(
                        "/users/me",
                        new { email = Unique.Email(), current_password = Person.FirstPassword },
                        ifMatch: "\"1\""
                    )
                )
        );

        var winner = Assert.Single(responses, response => (int)response.Status == 200);
        Assert.All(responses.Except([winner]), response => response.IsProblem(412));
        Assert.Equal(winner.Text("email"), (await person.GetAsync("/users/me")).Text("email"));
    }

    [Fact]
    public async Task A_client_that_has_the_version_gets_304()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        foreach (var known in new[] { "\"1\"", "W/\"1\"", "\"0\", \"1\"", "*" })
        {
            var response = await api.SendAsync(HttpMethod.Get, "/users/me", person.Token, null, ("If-None-Match", known));
            Assert.Equal("", response.Is(304).Body);
            Assert.Equal("\"1\"", response.Header("ETag"));
        }

        (await api.SendAsync(HttpMethod.Get, "/users/me", person.Token, null, ("If-None-Match", "\"2\""))).Is(200);
    }

    [Fact]
    public async Task A_deleted_account_loses_its_sessions_and_its_name_can_be_used_again()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        var person = await api.NewPersonAsync(email);

        (await person.DeleteAsync("/users/me")).IsProblem(400);
        (await person.DeleteAccountAsync("not the right one")).IsProblem(400, "current_password");
        (await person.DeleteAccountAsync(headers: ("If-Match", "\"7\""))).IsProblem(412);
        (await person.DeleteAccountAsync(headers: ("If-Match", "\"1\""))).Is(204);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await person.DeleteAccountAsync()).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        (await api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(401);
        Assert.Equal(0, await api.ReadAsync<long>("select count(*) from identifiers where user_id = @id", ("id", person.Id)));
        (
            await api.PostAsync(
                "/signup",
                new
                {
                    username = person.Name,
                    password = Person.FirstPassword,
                    email,
                }
            )
        ).Is(200);
    }

    [Fact]
    public async Task Another_email_address_needs_the_password_and_another_name_does_not()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        var person = await api.NewPersonAsync(email);

        (await person.PatchAsync("/users/me", new { email = Unique.Email() })).IsProblem(400, "current_password");
        (await person.PatchAsync("/users/me", """{"email": null}""")).IsProblem(400, "current_password");
        (await person.PatchAsync("/users/me", new { email = Unique.Email(), current_password = "not the right one" })).IsProblem(
            400,
            "current_password"
        );
        Assert.Equal(email, (await person.GetAsync("/users/me")).Text("email"));

        (await person.PatchAsync("/users/me", new { email, username = Unique.Name() })).Is(200);
    }

    [Fact]
    public async Task Wrong_passwords_for_an_account_that_is_logged_in_are_limited_too()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        for (var i = 0; i < 10; i++)
            (await person.DeleteAccountAsync($"not the right one {i}")).IsProblem(400, "current_password");

        (await person.DeleteAccountAsync()).IsProblem(429);
        (await person.PatchAsync("/users/me", new { email = Unique.Email(), current_password = Person.FirstPassword })).IsProblem(429);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_not_the_current_one()
    {
        const string NewPassword = "staple of the realm";
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var (otherToken, otherRefresh) = (person.Token, person.RefreshToken);
        await person.LoginAsync();

        (await person.PutAsync("/users/me/password", new { current_password = Person.FirstPassword, new_password = NewPassword })).Is(204);

        (await person.GetAsync("/users/me")).Is(200);
        await person.RefreshAsync();
        (await api.GetAsync("/users/me", otherToken)).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = otherRefresh })).IsProblem(401);
        (await api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(401);
        (await api.LoginAsync(person.Name, NewPassword)).Is(200);
    }

    [Fact]
    public async Task A_new_password_needs_the_old_one_and_the_current_version()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (
            await person.PutAsync(
                "/users/me/password",
                new { current_password = "not the right one", new_password = "staple of the realm" }
            )
        ).IsProblem(400, "current_password");
        (await person.PutAsync("/users/me/password", new { current_password = Person.FirstPassword, new_password = "password" })).IsProblem(
            400,
            "new_password"
        );
        (
            await person.PutAsync("/users/me/password", new { current_password = Person.FirstPassword, new_password = person.Name })
        ).IsProblem(400, "new_password");
        (
            await api.SendAsync(
                HttpMethod.Put,
                "/users/me/password",
                person.Token,
                System.Net.Http.Json.JsonContent.Create(
                    new { current_password = Person.FirstPassword, new_password = "staple of the realm" }
                ),
                ("If-Match", "\"9\"")
            )
        ).IsProblem(412);

        (await api.LoginAsync(person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task My_sessions_are_listed_and_each_can_be_ended()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var other = person.Token;
        await person.LoginAsync();

        var sessions = (await person.GetAsync("/users/me/sessions")).Is(200).Items;
        Assert.Equal(2, sessions.Length);
        Assert.Equal([true, false], sessions.Select(one => one.GetProperty("current").GetBoolean()));
        Assert.All(sessions, one => Assert.True(one.GetProperty("expires_at").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddDays(1)));

        var id = sessions[1].GetProperty("id").GetString();
        (await person.DeleteAsync($"/users/me/sessions/{id}")).Is(204);

        (await api.GetAsync("/users/me", other)).IsProblem(401);
        (await person.DeleteAsync($"/users/me/sessions/{id}")).IsProblem(404);
        Assert.Single((await person.GetAsync("/users/me/sessions")).Is(200).Items);
    }

    [Fact]
    public async Task Ending_another_users_session_is_404_and_does_not_end_it()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var somebody = await api.NewPersonAsync();
        var theirs = (await somebody.GetAsync("/users/me/sessions")).Is(200).Items[0].GetProperty("id").GetString();

        (await person.DeleteAsync($"/users/me/sessions/{theirs}")).IsProblem(404);
        (await person.DeleteAsync("/users/me/sessions/not-an-id")).IsProblem(404);

        (await somebody.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    public async Task The_audit_trail_lists_events_newest_first()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        (await api.LoginAsync(person.Name, "not the right one")).IsProblem(401);
        (await person.PatchAsync("/users/me", new { email = Unique.Email(), current_password = Person.FirstPassword })).Is(200);
        (
            await person.PutAsync(
                "/users/me/password",
                new { current_password = Person.FirstPassword, new_password = "staple of the realm" }
            )
        ).Is(204);
        (await person.PostAsync("/logout")).Is(204);
        await person.LoginAsync("staple of the realm");

        var events = (await person.GetAsync("/users/me/events")).Is(200).Items;

        Assert.Equal(
            ["logged_in", "logged_out", "password_changed", "profile_changed", "login_failed", "logged_in", "signed_up"],
            events.Select(one => one.GetProperty("type").GetString())
        );
        Assert.All(events, one => Assert.Equal(JsonValueKind.Null, one.GetProperty("actor_id").ValueKind));
        Assert.All(events, one => Assert.EndsWith("Z", one.GetProperty("at").GetString(), StringComparison.Ordinal));
    }
}
