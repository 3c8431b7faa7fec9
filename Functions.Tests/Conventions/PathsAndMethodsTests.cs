using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tests.Trains;

namespace FunctionsApp.Functions.Tests.Conventions;

public sealed class PathsAndMethodsTests(TestServers servers)
{
    const string OnlyKestrel = "Only Kestrel serves paths outside the route prefix; the Functions host uses them itself.";

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/users/me/nothing")]
    [InlineData("/signup/x")]
    [InlineData("/.well-known/nothing")]
    [InlineData("/%F0%9F%A6%80")]
    public async Task An_unknown_path_is_404(string path)
    {
        var api = await servers.SharedAsync();

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
        {
            (await api.SendAsync(method, path)).IsProblem(404);
        }
    }

    [Theory]
    [InlineData("/trains/{0}/tickets/..")]
    [InlineData("/trains/{0}/tickets/../")]
    [InlineData("/trains/{0}/tickets/%2e%2e")]
    [InlineData("/trains/{0}/tickets/.%2E?x=1")]
    [InlineData("/trains/{0}/./")]
    [InlineData("/trains/x/../{0}")]
    [InlineData("/trains/x%2F..%2F{0}")]
    [InlineData("/trains/x\\..\\{0}")]
    public async Task A_path_with_dot_segments_is_refused_and_has_no_effect(string path)
    {
        var story = await TrainStory.BeginAsync(servers);
        Assert.SkipUnless(story.Api.IsKestrel, "The Functions host resolves dot segments before the worker sees the path.");

        using var request = await RawRequest.StartAsync(
            story.Api,
            "DELETE",
            string.Format(System.Globalization.CultureInfo.InvariantCulture, path, story.Run),
            story.Admin.Token,
            "Connection: close"
        );
        var (status, text) = await request.ReadResponseAsync();

        Assert.Equal(400, status);
        Assert.Contains("application/problem+json", text, StringComparison.Ordinal);
        Assert.Equal("scheduled", (await story.Admin.GetAsync(story.Path)).Is(200).Text("status"));
    }

    [Theory]
    [InlineData("a request line that is too long", 414)]
    [InlineData("headers that are too large", 431)]
    [InlineData("a header without a colon", 400)]
    [InlineData("a version that is not known", 505)]
    public async Task Requests_refused_before_the_pipeline_have_no_body(string what, int expected)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, OnlyKestrel);
        var host = $"Host: {api.Address.Authority}";
        using var request = await RawRequest.ConnectAsync(api);

        await request.SendAsync(
            string.Join(
                "\r\n",
                (string[])(
                    expected switch
                    {
                        414 => [$"GET {Api.Prefix}/tickets?cursor={new string('x', 8 * 1024)} HTTP/1.1", host, "", ""],
                        431 => [$"GET {Api.Prefix}/tickets HTTP/1.1", host, $"X-Large: {new string('x', 32 * 1024)}", "", ""],
                        400 => [$"GET {Api.Prefix}/tickets HTTP/1.1", host, "nothing", "", ""],
                        _ => [$"GET {Api.Prefix}/tickets HTTP/9.9", host, "", ""],
                    }
                )
            )
        );
        var (status, text) = await request.ReadResponseAsync();

        Assert.True(status == expected, $"{what}: {text}");
        Assert.Contains("\r\nContent-Length: 0\r\n", text, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
        (await api.GetAsync("/healthz")).Is(200);
    }

    [Theory]
    [InlineData("PUT", "/signup", "POST")]
    [InlineData("GET", "/login", "POST")]
    [InlineData("GET", "/token/refresh", "POST")]
    [InlineData("GET", "/logout", "POST")]
    [InlineData("DELETE", "/logout/all", "POST")]
    [InlineData("POST", "/users/me", "DELETE, GET, HEAD, PATCH")]
    [InlineData("GET", "/users/me/password", "PUT")]
    [InlineData("POST", "/users/me/sessions", "GET, HEAD")]
    [InlineData("PATCH", "/users", "GET, HEAD, POST")]
    [InlineData("PUT", "/users/0198c0de-7a3b-7c4d-8e5f-1a2b3c4d5e6f", "DELETE, GET, HEAD, PATCH")]
    [InlineData("POST", "/.well-known/jwks.json", "GET, HEAD")]
    [InlineData("POST", "/healthz", "GET, HEAD")]
    [InlineData("OPTIONS", "/login", "POST")]
    public async Task An_unsupported_method_is_405_and_lists_the_supported_ones(string method, string path, string allowed)
    {
        var api = await servers.SharedAsync();

        var response = (await api.SendAsync(new HttpMethod(method), path)).IsProblem(405);

        Assert.Equal(allowed, string.Join(", ", response.Header("Allow")!.Split(", ").Order()));
    }

    [Fact]
    public async Task HEAD_is_GET_without_a_body()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        foreach (
            var path in new[]
            {
                "/healthz",
                "/readyz",
                "/users/me",
                "/tickets",
                "/portfolio",
                "/ledger/entries.csv",
                "/openapi.json",
                "/.well-known/jwks.json",
            }
        )
        {
            var get = (await person.GetAsync(path)).Is(200);
            var head = (await api.SendAsync(HttpMethod.Head, path, person.Token)).Is(200);
            Assert.Equal("", head.Body);
            Assert.Equal(get.MediaType, head.MediaType);
            Assert.Equal(get.Header("ETag"), head.Header("ETag"));
        }

        (await api.SendAsync(HttpMethod.Head, "/users/me")).Is(401);
        (await api.SendAsync(HttpMethod.Head, "/nothing")).Is(404);
        (
            await api.SendAsync(
                HttpMethod.Head,
                "/users/me",
                person.Token,
                null,
                ("If-None-Match", (await person.GetAsync("/users/me")).Header("ETag")!)
            )
        ).Is(304);
        var wrong = (await api.SendAsync(HttpMethod.Head, "/login")).Is(405);
        Assert.Equal("POST", wrong.Header("Allow"));
    }

    [Fact]
    public async Task Health_and_readiness_need_no_token()
    {
        var api = await servers.SharedAsync();

        var health = (await api.GetAsync("/healthz")).Is(200);
        Assert.Equal("alive", health.Text("status"));
        Assert.Matches(@"^\d+\.\d+\.\d+", health.Text("version"));
        Assert.DoesNotContain("+", health.Text("version"), StringComparison.Ordinal);
        Assert.True(health.Json.TryGetProperty("commit", out _), health.Body);
        Assert.Equal("ready", (await api.GetAsync("/readyz")).Is(200).Text("status"));
    }

    [Fact]
    public async Task The_API_document_is_served()
    {
        var api = await servers.SharedAsync();

        var document = (await api.GetAsync("/openapi.json")).Is(200).Json;

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal("/v1", document.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.True(document.GetProperty("paths").TryGetProperty("/users/me", out _));
    }

    [Fact]
    public async Task An_old_client_signs_up_and_logs_in_without_the_prefix()
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, OnlyKestrel);
        var name = Unique.Name();

        var signedUp = await api.SendToRootAsync(
            HttpMethod.Post,
            "/signup",
            null,
            new StringContent($$"""{"username": "{{name}}", "password": "s3cret-enough"}""", System.Text.Encoding.UTF8, "application/json")
        );
        Assert.Equal(System.Net.HttpStatusCode.OK, signedUp.Status);
        var loggedIn = await api.SendToRootAsync(
            HttpMethod.Post,
            "/login",
            null,
            new FormUrlEncodedContent([new("username", name), new("password", "s3cret-enough")])
        );

        loggedIn.Is(200);
        Assert.Equal("bearer", loggedIn.Text("token_type"));
        Assert.Equal(
            name,
            (await api.SendToRootAsync(HttpMethod.Get, "/users/me", loggedIn.Text("access_token"))).Is(200).Text("username")
        );
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/")]
    public async Task The_root_redirects_to_the_documentation(string path)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, OnlyKestrel);

        Assert.EndsWith("/v1/docs", (await api.SendToRootAsync(HttpMethod.Get, path)).Is(302).Header("Location"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_path_outside_the_prefix_is_404()
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, OnlyKestrel);

        (await api.SendToRootAsync(HttpMethod.Get, "/nothing")).IsProblem(404);
        (await api.SendToRootAsync(HttpMethod.Get, "/v1/v1/users/me")).IsProblem(404);
        (await api.SendToRootAsync(HttpMethod.Get, "/v2/users/me")).IsProblem(404);
    }
}
