using System.Text;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class SignupTests(TestServers servers)
{
    [Fact]
    public async Task Signup_returns_exactly_200()
    {
        var api = await servers.SharedAsync();
        var (name, email) = (Unique.Name(), Unique.Email());

        var response = await api.PostAsync(
            "/signup",
            new
            {
                username = name,
                password = Person.FirstPassword,
                email,
            }
        );

        response.Is(200);
        Assert.Equal("application/json", response.MediaType);
        Assert.Equal(["created_at", "email", "id", "username"], response.Json.EnumerateObject().Select(field => field.Name).Order());
        Assert.Equal(7, Guid.Parse(response.Text("id")).Version);
        Assert.Equal((name, email), (response.Text("username"), response.Text("email")));
        Assert.EndsWith("Z", response.Text("created_at"), StringComparison.Ordinal);
        Assert.InRange(
            response.Json.GetProperty("created_at").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddMinutes(-5),
            DateTimeOffset.UtcNow.AddMinutes(5)
        );
    }

    [Fact]
    public async Task The_email_address_is_optional()
    {
        var api = await servers.SharedAsync();

        var response = await api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword });

        Assert.Equal(System.Text.Json.JsonValueKind.Null, response.Is(200).Json.GetProperty("email").ValueKind);
    }

    [Fact]
    public async Task A_taken_username_is_409_in_any_case_normal_form_or_width()
    {
        var api = await servers.SharedAsync();
        var id = Unique.Name();
        (await api.PostAsync("/signup", new { username = $"{id}\u00e9", password = Person.FirstPassword })).Is(200);

        string[] spellings =
        [
            $"{id}\u00e9",
            $"{id.ToUpperInvariant()}\u00c9",
            $"{id}e\u0301",
            $"{id.ToUpperInvariant()}E\u0301",
            $"{Wide(id)}\u00e9",
        ];
        foreach (var spelling in spellings)
        {
            var response = await api.PostAsync("/signup", new { username = spelling, password = Person.FirstPassword });
            response.IsProblem(409, "username");
        }

        Assert.Equal(1, await api.CountUsersAsync(id));
    }

    [Fact]
    public async Task A_taken_email_address_is_409()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        await api.NewPersonAsync(email);
        var name = Unique.Name();

        (
            await api.PostAsync(
                "/signup",
                new
                {
                    username = name,
                    password = Person.FirstPassword,
                    email = email.ToUpperInvariant(),
                }
            )
        ).IsProblem(409, "email");

        Assert.Equal(0, await api.CountUsersAsync(name));
        (await api.PostAsync("/signup", new { username = name, password = Person.FirstPassword })).Is(200);
    }

    [Fact]
    public async Task An_email_address_is_refused_as_a_username()
    {
        var api = await servers.SharedAsync();
        var email = Unique.Email();
        await api.NewPersonAsync(email);

        (await api.PostAsync("/signup", new { username = email, password = Person.FirstPassword })).IsProblem(400, "username");
        (await api.PostAsync("/signup", new { username = "@dmin", password = Person.FirstPassword })).IsProblem(400, "username");
        (await api.PostAsync("/signup", new { username = "\u0430dmin", password = Person.FirstPassword })).IsProblem(400, "username");
    }

    [Fact]
    public async Task Of_twenty_concurrent_signups_with_spellings_of_one_name_exactly_one_succeeds()
    {
        var api = await servers.SharedAsync();
        var id = Unique.Name();
        string[] spellings = [$"{id}\u00e5", $"{id}\u212b", $"{id}A\u030a", $"{id.ToUpperInvariant()}\u00c5", $"{Wide(id)}a\u030a"];

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i => api.PostAsync("/signup", new { username = spellings[i % spellings.Length], password = Person.FirstPassword }))
        );

        var winner = Assert.Single(responses, response => (int)response.Status == 200);
        Assert.All(responses.Except([winner]), response => response.IsProblem(409, "username"));
        var user = Guid.Parse(winner.Text("id"));
        Assert.Equal(2, await api.ReadAsync<long>("select count(*) from identifiers where user_id = @user", ("user", user)));
        Assert.Equal(user, await api.ReadAsync<Guid>("select user_id from identifiers where identifier = @name", ("name", $"{id}\u00e5")));
        Assert.Equal(1, await api.ReadAsync<long>("select count(*) from users where id = @user", ("user", user)));
        Assert.Equal(1, await api.CountUsersAsync(id) + await api.CountUsersAsync(Wide(id)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("zero\u200bwidth")]
    [InlineData("line\nbreak")]
    [InlineData("non\u00a0breaking")]
    [InlineData("right\u202eto left")]
    public async Task A_username_that_cannot_be_seen_is_400(string username)
    {
        var api = await servers.SharedAsync();

        (await api.PostAsync("/signup", new { username, password = Person.FirstPassword })).IsProblem(400, "username");
    }

    [Fact]
    public async Task A_username_may_be_64_characters_long_and_not_65()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();
        var longest = name + string.Concat(Enumerable.Repeat("🦀", 64 - name.Length));

        (await api.PostAsync("/signup", new { username = longest + "🦀", password = Person.FirstPassword })).IsProblem(400, "username");
        Assert.Equal(
            longest,
            (await api.PostAsync("/signup", new { username = longest, password = Person.FirstPassword })).Is(200).Text("username")
        );
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("@example.org")]
    [InlineData("nobody@")]
    [InlineData("no body@example.org")]
    [InlineData("a@b@c")]
    public async Task An_invalid_email_address_is_400(string email)
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();

        (
            await api.PostAsync(
                "/signup",
                new
                {
                    username = name,
                    password = Person.FirstPassword,
                    email,
                }
            )
        ).IsProblem(400, "email");

        Assert.Equal(0, await api.CountUsersAsync(name));
    }

    [Fact]
    public async Task All_characters_of_a_password_of_256_emoji_count()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();
        var password = string.Concat(Enumerable.Repeat("🔑🐎🔋🧷", 64));

        (await api.PostAsync("/signup", new { username = name, password })).Is(200);

        (await api.LoginAsync(name, password)).Is(200);
        (await api.LoginAsync(name, password[..^2] + "🧵")).IsProblem(401);
        (await api.PostAsync("/signup", new { username = Unique.Name(), password = password + "🔑" })).IsProblem(400, "password");
    }

    [Fact]
    public async Task A_password_is_8_characters_or_more()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();

        (await api.PostAsync("/signup", new { username = name, password = "🐎🐎🐎🐎🔋🔋🔋" })).IsProblem(400, "password");
        (await api.PostAsync("/signup", new { username = name, password = "🐎🐎🐎🐎🔋🔋🔋🔋" })).Is(200);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("PassWord")]
    [InlineData("12345678")]
    [InlineData("qwertyuiop")]
    [InlineData("ｐａｓｓｗｏｒｄ")]
    public async Task A_common_password_is_400(string password)
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();

        (await api.PostAsync("/signup", new { username = name, password })).IsProblem(400, "password");

        Assert.Equal(0, await api.CountUsersAsync(name));
    }

    [Fact]
    public async Task The_accounts_own_name_is_refused_as_a_password()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();

        (await api.PostAsync("/signup", new { username = name, password = name.ToUpperInvariant() })).IsProblem(400, "password");
    }

    [Fact]
    public async Task All_validation_errors_are_returned_at_once()
    {
        var api = await servers.SharedAsync();

        (
            await api.PostAsync(
                "/signup",
                new
                {
                    username = "a b",
                    password = "short",
                    email = "nobody",
                }
            )
        ).IsProblem(400, "email", "password", "username");
    }

    // Full-width forms of ASCII letters and digits.
    static string Wide(string text) => new StringBuilder().AppendJoin("", text.Select(one => (char)(one + 0xfee0))).ToString();
}
