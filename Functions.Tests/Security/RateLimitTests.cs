using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Security;

[OwnServer]
public sealed class RateLimitTests(TestServers servers)
{
    static readonly (string, string) Proxy = ("Http__TrustedProxies", "127.0.0.0/8,::1/128");

    [Theory]
    [InlineData("Login", "/login")]
    [InlineData("Signup", "/signup")]
    [InlineData("Refresh", "/token/refresh")]
    public async Task Requests_beyond_the_limit_of_a_route_and_an_address_get_429(string setting, string path)
    {
        await using var server = await servers.StartAsync(Proxy, ($"RateLimits__{setting}", "3"));
        for (var i = 0; i < 3; i++)
            (await PostAsync(server, path, "198.51.100.9")).IsProblem(400);

        var refused = (await PostAsync(server, path, "198.51.100.9")).IsProblem(429);

        // One token is replenished every 20 seconds.
        Assert.InRange(int.Parse(refused.Header("Retry-After")!), 1, 20);
        (await PostAsync(server, path, "203.0.113.7")).IsProblem(400);
        foreach (var other in new[] { "/login", "/signup", "/token/refresh" }.Where(other => other != path))
            (await PostAsync(server, other, "198.51.100.9")).IsProblem(400);
    }

    [Fact]
    public async Task The_limit_holds_at_the_root_too_and_can_be_switched_off()
    {
        await using var limited = await servers.StartAsync(("RateLimits__Login", "1"), ("RateLimits__Signup", "0"));
        (await limited.Api.PostAsync("/login", "{")).IsProblem(400);
        (await limited.Api.SendToRootAsync(HttpMethod.Post, "/login", null, new StringContent("{", null, "application/json"))).IsProblem(
            429
        );

        for (var i = 0; i < 5; i++)
            (await limited.Api.PostAsync("/signup", "{")).IsProblem(400);
    }

    static Task<ApiResponse> PostAsync(TestServer server, string path, string address) =>
        server.Api.SendAsync(HttpMethod.Post, path, null, new StringContent("{", null, "application/json"), ("X-Forwarded-For", address));
}
