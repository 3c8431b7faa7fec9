using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class LogoutTests(TestServers servers)
{
    [Fact]
    public async Task Logout_ends_this_session_at_once_and_no_other()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var other = person.Token;
        await person.LoginAsync();

        (await person.PostAsync("/logout")).Is(204);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await person.PostAsync("/logout")).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        (await api.GetAsync("/users/me", other)).Is(200);
    }

    [Fact]
    public async Task Logout_ends_the_access_tokens_before_a_refresh_too()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var before = person.Token;
        await person.RefreshAsync();

        (await person.PostAsync("/logout")).Is(204);

        (await api.GetAsync("/users/me", before)).IsProblem(401);
    }

    [Fact]
    public async Task Logout_all_ends_all_sessions_of_the_user_and_no_others()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var somebody = await api.NewPersonAsync();
        var first = person.Token;
        await person.LoginAsync();

        (await person.PostAsync("/logout/all")).Is(204);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await api.GetAsync("/users/me", first)).IsProblem(401);
        (await api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        (await somebody.GetAsync("/users/me")).Is(200);
        await person.LoginAsync();
        (await person.GetAsync("/users/me")).Is(200);
    }
}
