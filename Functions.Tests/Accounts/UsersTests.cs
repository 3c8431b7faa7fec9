using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class UsersTests(TestServers servers)
{
    [Fact]
    public async Task An_account_created_by_an_administrator_can_log_in()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var (name, email) = (Unique.Name(), Unique.Email());

        var created = (
            await admin.PostAsync(
                "/users",
                new
                {
                    username = name,
                    password = Person.FirstPassword,
                    email,
                    role = "inspector",
                }
            )
        ).Is(201);

        Assert.Equal($"/v1/users/{created.Text("id")}", created.Header("Location"));
        Assert.Equal(
            (name, email, "inspector", "\"1\""),
            (created.Text("username"), created.Text("email"), created.Text("role"), created.Header("ETag"))
        );
        Assert.Equal(created.Body, (await admin.GetAsync($"/users/{created.Text("id")}")).Is(200).Body);
        var login = (await api.LoginAsync(email, Person.FirstPassword)).Is(200);
        var events = (await api.GetAsync("/users/me/events", login.Text("access_token"))).Is(200).Items;
        Assert.Equal(["logged_in", "created"], events.Select(one => one.GetProperty("type").GetString()));
        Assert.Equal(admin.Id.ToString(), events[1].GetProperty("actor_id").GetString());
    }

    [Fact]
    public async Task An_account_can_be_created_without_role_and_email()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        Assert.Equal(
            "user",
            (await admin.PostAsync("/users", new { username = Unique.Name(), password = Person.FirstPassword })).Is(201).Text("role")
        );
    }

    [Theory]
    [InlineData("\"emperor\"")]
    [InlineData("\"inspector, admin\"")]
    [InlineData("\"Admin\"")]
    [InlineData("2")]
    [InlineData("null")]
    public async Task An_unknown_role_is_400(string role)
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var name = Unique.Name();

        (
            await admin.PostAsync("/users", $$"""{"username": "{{name}}", "password": "correct horse battery", "role": {{role}}}""")
        ).IsProblem(400, "role");

        Assert.Equal(0, await api.CountUsersAsync(name));
    }

    [Fact]
    public async Task A_taken_name_is_409()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        (await admin.PostAsync("/users", new { username = admin.Name.ToUpperInvariant(), password = Person.FirstPassword })).IsProblem(
            409,
            "username"
        );
    }

    [Fact]
    public async Task An_administrator_lists_all_users_newest_first()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();

        var list = (await admin.GetAsync("/users?limit=100")).Is(200).Items.Select(one => one.GetProperty("id").GetString()).ToList();

        Assert.Contains(person.Id.ToString(), list);
        Assert.Equal(list.OrderDescending(StringComparer.Ordinal), list);
    }

    [Fact]
    public async Task A_disabled_user_is_refused_at_once_and_accepted_again_once_enabled()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();

        Assert.True(
            (await admin.PatchAsync($"/users/{person.Id}", new { disabled = true })).Is(200).Json.GetProperty("disabled").GetBoolean()
        );

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        var disabled = (await api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(401);
        var unknown = (await api.LoginAsync(Unique.Name(), Person.FirstPassword)).IsProblem(401);
        Assert.Equal(unknown.WithoutTraceId, disabled.WithoutTraceId);
        (await admin.PatchAsync($"/users/{person.Id}", new { disabled = false })).Is(200);
        (await person.GetAsync("/users/me")).IsProblem(401);
        await person.LoginAsync();
        (await person.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    public async Task A_lower_role_ends_the_sessions_and_a_higher_one_takes_effect_after_a_refresh()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();

        (await admin.PatchAsync($"/users/{person.Id}", new { role = "admin" })).Is(200);
        (await person.GetAsync("/users")).IsProblem(403);
        await person.RefreshAsync();
        (await person.GetAsync("/users")).Is(200);

        (await admin.PatchAsync($"/users/{person.Id}", new { role = "inspector" })).Is(200);
        (await person.GetAsync("/users")).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        await person.LoginAsync();
        (await person.GetAsync("/users")).IsProblem(403);
        Assert.Equal("inspector", (await person.GetAsync("/users/me")).Is(200).Text("role"));
    }

    [Fact]
    public async Task A_deleted_user_is_not_found()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();

        (await api.SendAsync(HttpMethod.Delete, $"/users/{person.Id}", admin.Token, null, ("If-Match", "\"2\""))).IsProblem(412);
        (await admin.DeleteAsync($"/users/{person.Id}")).Is(204);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await admin.GetAsync($"/users/{person.Id}")).IsProblem(404);
        (await admin.PatchAsync($"/users/{person.Id}", new { disabled = false })).IsProblem(404);
        (await admin.DeleteAsync($"/users/{person.Id}")).IsProblem(404);
    }

    [Fact]
    public async Task Administrators_need_their_password_for_their_own_account_here_too()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        var email = (await admin.PatchAsync($"/users/{admin.Id}", new { email = Unique.Email() })).IsProblem(409);
        Assert.Contains("PATCH /users/me", email.Text("detail"), StringComparison.Ordinal);
        (await admin.PatchAsync($"/users/{admin.Id}", new { email = (string?)null })).IsProblem(409);
        var deletion = (await admin.DeleteAsync($"/users/{admin.Id}")).IsProblem(409);
        Assert.Contains("DELETE /users/me", deletion.Text("detail"), StringComparison.Ordinal);

        (await admin.PatchAsync($"/users/{admin.Id}", new { username = Unique.Name() })).Is(200);
        (await admin.DeleteAccountAsync()).Is(204);
    }

    [Fact]
    public async Task An_administrator_changes_a_name_at_the_version_that_was_read()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();
        var name = Unique.Name();
        var tag = (await admin.GetAsync($"/users/{person.Id}")).Is(200).Header("ETag");

        (await admin.PatchAsync($"/users/{person.Id}", new { username = name }, ifMatch: tag)).Is(200);
        (await admin.PatchAsync($"/users/{person.Id}", new { username = Unique.Name() }, ifMatch: tag)).IsProblem(412);

        Assert.Equal(name, (await person.GetAsync("/users/me")).Is(200).Text("username"));
        var changed = (await person.GetAsync("/users/me/events")).Is(200).Items[0];
        Assert.Equal(
            ("profile_changed", admin.Id.ToString()),
            (changed.GetProperty("type").GetString(), changed.GetProperty("actor_id").GetString())
        );
    }

    [Fact]
    public async Task Ordinary_users_get_403_and_change_nothing()
    {
        var api = await servers.SharedAsync();
        var other = await api.NewPersonAsync();
        foreach (var role in new[] { "user", "inspector" })
        {
            var person = await api.NewPersonAsync(role: role);
            var name = Unique.Name();

            (await person.GetAsync("/users")).IsProblem(403);
            (await person.PostAsync("/users", new { username = name, password = Person.FirstPassword })).IsProblem(403);
            (await person.PostAsync("/users", "not even JSON")).IsProblem(403);
            (await person.GetAsync($"/users/{other.Id}")).IsProblem(403);
            (await person.GetAsync($"/users/{Guid.CreateVersion7()}")).IsProblem(403);
            (await person.PatchAsync($"/users/{person.Id}", new { role = "admin" })).IsProblem(403);
            (await person.DeleteAsync($"/users/{other.Id}")).IsProblem(403);

            Assert.Equal(role, (await person.GetAsync("/users/me")).Is(200).Text("role"));
            Assert.Equal(0, await api.CountUsersAsync(name));
        }

        (await other.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    public async Task Without_a_token_users_are_401()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await api.GetAsync("/users")).IsProblem(401);
        (await api.PostAsync("/users", new { username = Unique.Name(), password = Person.FirstPassword })).IsProblem(401);
        (await api.GetAsync($"/users/{person.Id}")).IsProblem(401);
        (await api.PatchAsync($"/users/{person.Id}", new { role = "admin" })).IsProblem(401);
        (await api.DeleteAsync($"/users/{person.Id}")).IsProblem(401);
    }

    [Fact]
    public async Task Users_can_get_themselves()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var mine = (await person.GetAsync($"/users/{person.Id}")).Is(200);

        Assert.Equal(mine.Body, (await person.GetAsync("/users/me")).Is(200).Body);
        (await api.SendAsync(HttpMethod.Get, $"/users/{person.Id}", person.Token, null, ("If-None-Match", mine.Header("ETag")!))).Is(304);
    }

    [Fact]
    public async Task An_invalid_id_is_404()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        (await admin.GetAsync("/users/7")).IsProblem(404);
        (await admin.GetAsync($"/users/{Guid.CreateVersion7()}")).IsProblem(404);
    }

    [Fact]
    public async Task No_response_contains_a_password_or_its_hash()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var person = await api.NewPersonAsync();

        foreach (var path in new[] { "/users?limit=100", $"/users/{person.Id}", "/users/me", "/users/me/sessions", "/users/me/events" })
        {
            var body = (await admin.GetAsync(path)).Is(200).Body;
            Assert.DoesNotContain("$2", body, StringComparison.Ordinal);
            Assert.DoesNotContain("hash", body, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("password\"", body, StringComparison.OrdinalIgnoreCase);
        }
    }
}
