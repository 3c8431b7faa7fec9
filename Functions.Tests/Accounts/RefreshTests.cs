using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class RefreshTests(TestServers servers)
{
    // As OAuth clients and the documentation page send it (RFC 6749, section 6).
    [Theory]
    [InlineData("/token/refresh")]
    [InlineData("/login")]
    public async Task A_form_with_the_grant_type_refresh_token_gets_a_new_pair(string path)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var refreshed = (
            await api.PostAsync(
                path,
                new FormUrlEncodedContent([
                    new("grant_type", "refresh_token"),
                    new("refresh_token", person.RefreshToken),
                    new("client_id", ""),
                ])
            )
        ).Is(200);

        (await api.GetAsync("/users/me", refreshed.Text("access_token"))).Is(200);
        Assert.NotEqual(person.RefreshToken, refreshed.Text("refresh_token"));
        (await api.PostAsync(path, new FormUrlEncodedContent([new("grant_type", "refresh_token")]))).IsProblem(400, "refresh_token");
        (
            await api.PostAsync("/token/refresh", new FormUrlEncodedContent([new("grant_type", "password"), new("refresh_token", "x")]))
        ).IsProblem(400, "grant_type");
    }

    [Fact]
    public async Task A_refresh_token_gives_a_new_pair()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var (access, refresh) = (person.Token, person.RefreshToken);

        var response = await person.RefreshAsync();

        Assert.NotEqual((access, refresh), (person.Token, person.RefreshToken));
        Assert.Equal("bearer", response.Text("token_type"));
        Assert.Contains("no-store", response.Header("Cache-Control"), StringComparison.Ordinal);
        (await person.GetAsync("/users/me")).Is(200);
        (await api.GetAsync("/users/me", access)).Is(200);
    }

    [Fact]
    public async Task A_retry_within_the_grace_gets_the_same_successor()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var first = await Refresh(api, person.RefreshToken);
        var second = await Refresh(api, person.RefreshToken);

        Assert.Equal(first.Is(200).Text("refresh_token"), second.Is(200).Text("refresh_token"));
        (await api.GetAsync("/users/me", second.Text("access_token"))).Is(200);
        (await Refresh(api, second.Text("refresh_token"))).Is(200);
    }

    [Fact]
    public async Task Concurrent_refreshes_with_one_token_get_the_same_successor()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Refresh(api, person.RefreshToken)));

        var successor = Assert.Single(responses.Select(response => response.Is(200).Text("refresh_token")).Distinct());
        (await Refresh(api, successor)).Is(200);
    }

    [Fact]
    public async Task Reuse_of_a_token_two_rotations_old_ends_the_family_at_once()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var stolen = person.RefreshToken;
        await person.RefreshAsync();
        await person.RefreshAsync();
        (await person.GetAsync("/users/me")).Is(200);

        (await Refresh(api, stolen)).IsProblem(401);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await Refresh(api, person.RefreshToken)).IsProblem(401);
        await person.LoginAsync();
        var events = (await person.GetAsync("/users/me/events")).Is(200).Items.Select(one => one.GetProperty("type").GetString());
        Assert.Contains("refresh_token_reused", events);
    }

    [Fact]
    public async Task Reuse_after_the_grace_ends_the_family_and_no_other_session()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var other = person.Token;
        await person.LoginAsync();
        var used = person.RefreshToken;
        await person.RefreshAsync();
        // A request that waited for the database as long as it may, and a client that waited before its retry.
        await api.ExecuteAsync("update sessions set rotated_at = now() - interval '25 seconds' where user_id = @id", ("id", person.Id));
        Assert.Equal(person.RefreshToken, (await Refresh(api, used)).Is(200).Text("refresh_token"));
        (await person.GetAsync("/users/me")).Is(200);

        await api.ExecuteAsync("update sessions set rotated_at = now() - interval '31 seconds' where user_id = @id", ("id", person.Id));
        (await Refresh(api, used)).IsProblem(401);

        (await person.GetAsync("/users/me")).IsProblem(401);
        (await Refresh(api, person.RefreshToken)).IsProblem(401);
        (await api.GetAsync("/users/me", other)).Is(200);
    }

    [Fact]
    public async Task A_forged_token_is_401_and_ends_no_session()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var token = person.RefreshToken;

        // An attacker who knows the ids of user and session and guesses the secrets.
        var guessed = token[..43] + new string('A', token.Length - 43);
        foreach (
            var wrong in new[]
            {
                "",
                "x",
                token[..^4],
                token + "AAAA",
                token.Replace(token[50], token[50] == 'A' ? 'B' : 'A'),
                guessed,
                person.Token,
                new string('é', token.Length),
            }
        )
        {
            (await Refresh(api, wrong)).IsProblem(401);
        }

        (await person.GetAsync("/users/me")).Is(200);
        await person.RefreshAsync();
    }

    [Fact]
    public async Task A_session_that_is_not_refreshed_ends()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        await api.ExecuteAsync("update sessions set expires_at = now() where user_id = @id", ("id", person.Id));

        (await Refresh(api, person.RefreshToken)).IsProblem(401);
        Assert.Empty((await person.GetAsync("/users/me/sessions")).Is(200).Items);
    }

    static Task<ApiResponse> Refresh(Api api, string token) => api.PostAsync("/token/refresh", new { refresh_token = token });
}
