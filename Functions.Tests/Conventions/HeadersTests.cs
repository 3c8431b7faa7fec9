using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>Headers for browsers and caches, and cross-origin requests.</summary>
public sealed class HeadersTests(TestServers servers)
{
    [Fact]
    public async Task Every_response_has_security_headers()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        ApiResponse[] responses =
        [
            await api.GetAsync("/healthz"),
            await person.GetAsync("/users/me"),
            await api.GetAsync("/users/me"),
            await api.GetAsync("/nothing"),
            await person.GetAsync("/portfolio/chart.svg"),
            await api.PostAsync("/signup", "{"),
            await api.GetAsync("/docs"),
            await api.GetAsync("/openapi.json"),
        ];

        Assert.All(
            responses,
            response =>
            {
                Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
                Assert.Contains("frame-ancestors 'none'", response.Header("Content-Security-Policy"), StringComparison.Ordinal);
                Assert.Null(response.Header("Strict-Transport-Security"));
            }
        );
        Assert.Contains("script-src 'self'", responses[6].Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", responses[1].Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Private_responses_are_not_stored()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        foreach (var path in new[] { "/users/me", "/portfolio", "/portfolio/chart.svg", "/ledger/entries.csv", "/tickets" })
            Assert.Equal("no-store", (await person.GetAsync(path)).Is(200).Header("Cache-Control"));
        Assert.Contains("no-store", (await api.GetAsync("/users/me")).Is(401).Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Contains(
            "max-age",
            (await api.GetAsync("/.well-known/jwks.json")).Is(200).Header("Cache-Control"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Failures_are_not_stored_and_have_no_header_of_a_success()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        foreach (
            var failure in new[]
            {
                (await person.GetAsync($"/trains/{Guid.NewGuid()}")).IsProblem(404),
                (await person.GetAsync("/trains?from=a")).IsProblem(400, "date", "to"),
                (await api.GetAsync("/nothing")).IsProblem(404),
                (await api.PostAsync("/login", """{ "username": "unknown-1", "password": "wrong-password" }""")).IsProblem(401),
                (await person.GetAsync("/tickets?limit=1000")).IsProblem(400, "limit"),
            }
        )
        {
            Assert.Contains("no-store", failure.Header("Cache-Control"), StringComparison.Ordinal);
            Assert.Null(failure.Header("ETag"));
            Assert.Null(failure.Header("Location"));
            Assert.Equal("nosniff", failure.Header("X-Content-Type-Options"));
        }
    }

    [Fact]
    public async Task A_read_that_was_repeated_has_the_headers_of_every_response()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
        // The statement that the server has prepared fails once.
        await server.Api.ExecuteAsync("alter table users alter column username type varchar(200)");

        var repeated = (await person.GetAsync("/users/me")).Is(200);

        Assert.Equal("no-store", repeated.Header("Cache-Control"));
        Assert.Equal("nosniff", repeated.Header("X-Content-Type-Options"));
        Assert.NotNull(repeated.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Problems_have_a_consistent_type()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        foreach (
            var problem in new[]
            {
                await api.GetAsync("/users/me"),
                await api.GetAsync("/nothing"),
                await api.PostAsync("/signup", "{}"),
                await person.GetAsync("/users"),
                await api.GetAsync("/login"),
            }
        )
        {
            Assert.Equal("about:blank", problem.Text("type"));
        }
    }

    [Fact]
    public async Task All_invalid_query_parameters_are_reported_together()
    {
        var person = await (await servers.SharedAsync()).NewPersonAsync();

        (await person.GetAsync("/trains")).IsProblem(400, "date", "from", "to");
        (await person.GetAsync("/trains?from=a&date=tomorrow&limit=many")).IsProblem(400, "date", "limit", "to");
        var outside = (await person.GetAsync("/trains?from=a&date=tomorrow&limit=1000")).IsProblem(400, "date", "limit", "to");
        Assert.Equal((await person.GetAsync("/tickets?limit=1000")).IsProblem(400, "limit").Errors["limit"], outside.Errors["limit"]);
        (await person.GetAsync("/portfolio/history?from=x&to=y")).IsProblem(400, "from", "to");
    }

    [Fact]
    public async Task Other_origins_are_rejected_by_default()
    {
        var api = await servers.SharedAsync();

        Assert.Null(
            (await api.SendAsync(HttpMethod.Get, "/healthz", null, null, ("Origin", "https://app.example.org")))
                .Is(200)
                .Header("Access-Control-Allow-Origin")
        );
        Assert.Null((await PreflightAsync(api, "https://app.example.org")).IsProblem(405).Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Allowed_origins_may_call_and_HSTS_is_sent_over_HTTPS()
    {
        await using var server = await servers.StartAsync(
            ("Http__AllowedOrigins", "https://app.example.org, http://localhost:5173"),
            ("Http__HstsSeconds", "31536000"),
            ("Http__TrustedProxies", "127.0.0.0/8")
        );
        var api = server.Api;

        var preflight = (await PreflightAsync(api, "https://app.example.org")).Is(204);
        Assert.Equal("https://app.example.org", preflight.Header("Access-Control-Allow-Origin"));
        Assert.Contains("PATCH", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("If-Match", preflight.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Null((await PreflightAsync(api, "https://evil.example.org")).Header("Access-Control-Allow-Origin"));
        var refused = await api.SendAsync(
            HttpMethod.Get,
            "/users/me",
            null,
            null,
            ("Origin", "http://localhost:5173"),
            ("X-Forwarded-Proto", "https")
        );
        Assert.Equal("http://localhost:5173", refused.IsProblem(401).Header("Access-Control-Allow-Origin"));
        Assert.Contains("ETag", refused.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Equal("max-age=31536000", refused.Header("Strict-Transport-Security"));
        var person = await api.NewPersonAsync();
        foreach (var path in new[] { $"/trains/{Guid.NewGuid()}", "/trains?from=a", "/nothing" })
        {
            var failed = await api.SendAsync(HttpMethod.Get, path, person.Token, null, ("X-Forwarded-Proto", "https"));
            Assert.True((int)failed.Status is 400 or 404, $"{failed}");
            Assert.Equal("max-age=31536000", failed.Header("Strict-Transport-Security"));
        }

        Assert.Null((await api.GetAsync("/healthz")).Header("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("Http__AllowedOrigins", "app.example.org")]
    [InlineData("Http__AllowedOrigins", "https://app.example.org/path")]
    [InlineData("Http__HstsSeconds", "a year")]
    public async Task An_invalid_setting_prevents_the_start(string name, string value)
    {
        await using var process = FunctionsProcess.Start([], TestServer.Settings("Host=127.0.0.1;Port=1", (name, value)));

        Assert.Equal(1, await process.EndAsync(TestContext.Current.CancellationToken));

        Assert.Contains(name, process.Output, StringComparison.Ordinal);
    }

    static Task<ApiResponse> PreflightAsync(Api api, string origin) =>
        api.SendAsync(
            HttpMethod.Options,
            "/users/me",
            null,
            null,
            ("Origin", origin),
            ("Access-Control-Request-Method", "PATCH"),
            ("Access-Control-Request-Headers", "authorization, if-match")
        );
}
