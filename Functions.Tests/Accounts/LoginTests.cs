using System.Text.RegularExpressions;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class LoginTests(TestServers servers)
{
    [Fact]
    public async Task The_form_of_OAuth2_logs_in_with_its_other_fields_empty()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var response = await api.SendAsync(
            HttpMethod.Post,
            "/login",
            null,
            new FormUrlEncodedContent([
                new("grant_type", ""),
                new("username", person.Name),
                new("password", Person.FirstPassword),
                new("scope", ""),
                new("client_id", ""),
                new("client_secret", ""),
            ])
        );

        response.Is(200);
        Assert.Equal(
            ["access_token", "expires_in", "refresh_token", "token_type"],
            response.Json.EnumerateObject().Select(field => field.Name).Order()
        );
        Assert.Equal("bearer", response.Text("token_type"));
        Assert.Equal(900, response.Json.GetProperty("expires_in").GetInt32());
        Assert.Contains("no-store", response.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Equal(person.Name, (await api.GetAsync("/users/me", response.Text("access_token"))).Is(200).Text("username"));
    }

    [Fact]
    public async Task A_form_with_only_username_and_password_logs_in()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await api.LoginAsync(person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task A_form_with_the_grant_type_and_unknown_fields_logs_in()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var response = await api.SendAsync(
            HttpMethod.Post,
            "/login",
            null,
            new FormUrlEncodedContent([
                new("grant_type", "password"),
                new("username", person.Name),
                new("password", Person.FirstPassword),
                new("audience", "somewhere"),
            ])
        );

        response.Is(200);
    }

    [Fact]
    public async Task Another_grant_type_is_400()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (
            await api.PostAsync(
                "/login",
                new
                {
                    grant_type = "client_credentials",
                    username = person.Name,
                    password = Person.FirstPassword,
                }
            )
        ).IsProblem(400, "grant_type");
    }

    [Fact]
    public async Task Json_logs_in_like_the_form()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await api.PostAsync("/login", new { username = person.Name, password = Person.FirstPassword })).Is(200);
        (
            await api.PostAsync(
                "/login",
                new
                {
                    grant_type = "password",
                    username = person.Name,
                    password = Person.FirstPassword,
                    scope = "",
                    client_id = "",
                    client_secret = "",
                }
            )
        ).Is(200);
    }

    [Fact]
    public async Task The_name_is_the_username_or_the_email_address_in_any_spelling()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        var person = await api.NewPersonAsync(email);

        foreach (var name in new[] { person.Name, person.Name.ToUpperInvariant(), email, email.ToUpperInvariant() })
        {
            (await api.LoginAsync(name, Person.FirstPassword)).Is(200);
        }
    }

    [Fact]
    public async Task An_unknown_name_and_a_wrong_password_get_the_same_response()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var wrong = (await api.LoginAsync(person.Name, "not the right one")).IsProblem(401);
        var unknown = (await api.LoginAsync(Unique.Name(), "not the right one")).IsProblem(401);
        var unwritable = (await api.PostAsync("/login", new { username = "a\u200bb c", password = "not the right one" })).IsProblem(401);

        Assert.Equal(wrong.WithoutTraceId, unknown.WithoutTraceId);
        Assert.Equal(wrong.WithoutTraceId, unwritable.WithoutTraceId);
        Assert.Equal(Names(wrong), Names(unknown));

        static IEnumerable<string> Names(ApiResponse response) => response.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_name_costs_one_hash_like_a_wrong_password()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();

        await HashesAsync(1 + 1);
        (await server.Api.LoginAsync(person.Name, "not the right one")).IsProblem(401);
        await HashesAsync(1 + 1 + 1);
        (await server.Api.LoginAsync(Unique.Name(), "not the right one")).IsProblem(401);
        await HashesAsync(1 + 1 + 1 + 1);

        // The metrics may be some moments old.
        Task HashesAsync(int count) =>
            server.Api.PollAsync(
                "/metrics",
                response => Regex.IsMatch(response.Body, $@"accounts_hashing_duration_seconds_count(\{{[^}}]*\}})? {count}\b")
            );
    }

    [Fact]
    public async Task A_form_with_too_many_fields_is_400_and_says_so()
    {
        var api = await servers.SharedAsync();
        var form = string.Join('&', Enumerable.Range(0, 2000).Select(i => $"field{i}=x"));

        var refused = (
            await api.PostAsync("/login", new StringContent(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"))
        ).IsProblem(400);

        Assert.Contains("too many", refused.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("username=a", "password")]
    [InlineData("password=a", "username")]
    [InlineData("scope=", "password", "username")]
    [InlineData("username=a&username=b&password=c", "username")]
    [InlineData("username=a%00b&password=c")]
    [InlineData("username=a&password=c%00")]
    public async Task A_form_with_missing_or_invalid_fields_is_400(string form, params string[] fields)
    {
        var api = await servers.SharedAsync();

        (await api.PostAsync("/login", new StringContent(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"))).IsProblem(
            400,
            fields
        );
    }

    [Fact]
    public async Task A_hash_of_a_lower_work_factor_is_renewed_at_login()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var weaker = await TestServer.StartAsync(database, ("Accounts__BcryptWorkFactor", "4"));
        await weaker.Api.ReadyAsync();
        var person = await weaker.Api.NewPersonAsync();
        Assert.Contains("$04$", await HashAsync(), StringComparison.Ordinal);
        await using var stronger = await TestServer.StartAsync(database, ("Accounts__BcryptWorkFactor", "5"));
        await stronger.Api.ReadyAsync();

        (await stronger.Api.LoginAsync(person.Name, Person.FirstPassword)).Is(200);

        Assert.Contains("$05$", await HashAsync(), StringComparison.Ordinal);
        (await weaker.Api.LoginAsync(person.Name, Person.FirstPassword)).Is(200);
        Assert.Contains("$05$", await HashAsync(), StringComparison.Ordinal);

        Task<string> HashAsync() => weaker.Api.ReadAsync<string>("select password_hash from users where id = @id", ("id", person.Id));
    }
}
