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

    [Theory]
    [InlineData("Content-Length: 1000000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task Logout_all_stops_requests_whose_body_is_still_arriving(string framing)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, "The Functions host reads the body itself.");
        var (admin, somebody) = (await api.NewAdminAsync(), await api.NewPersonAsync());
        const string Change = """{"role": "admin"}""";
        var isChunked = framing.EndsWith("chunked", StringComparison.Ordinal);
        using var request = await RawRequest.StartAsync(
            api,
            "PATCH",
            $"/users/{somebody.Id}",
            admin.Token,
            "Content-Type: application/json",
            "Expect: 100-continue",
            framing
        );
        await request.ContinueAsync();
        await request.SendAsync(Part(new string(' ', 1_000_000 - Change.Length)));

        (await admin.PostAsync("/logout/all")).Is(204);
        await request.SendAsync(Part(Change) + (isChunked ? "0\r\n\r\n" : ""));

        var (status, text) = await request.ReadResponseAsync();
        Assert.True(status == 401, text);
        Assert.Contains("WWW-Authenticate: Bearer error=\"invalid_token\"", text, StringComparison.Ordinal);
        Assert.Equal("user", await api.ReadAsync<string>("select role from users where id = @id", ("id", somebody.Id)));

        string Part(string body) => isChunked ? FormattableString.Invariant($"{body.Length:X}\r\n{body}\r\n") : body;
    }
}
