using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Operations;

/// <summary>The request log.</summary>
[OwnServer]
public sealed class RequestLogTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Information")]
    [InlineData("Error")]
    public async Task Only_failures_are_logged_with_their_trace_id(string level)
    {
        await using var server = await servers.StartAsync(("Logging__LogLevel__Default", level));
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
        (ApiResponse ApiResponse, string Method, string Route, string Level)[] failures =
        [
            ((await server.Api.GetAsync("/nothing/here")).IsProblem(404), "GET", "(no route)", "Information"),
            ((await server.Api.PostAsync("/users/me")).IsProblem(405), "POST", "(no route)", "Information"),
            ((await server.Api.GetAsync("/users/me")).IsProblem(401), "GET", "/users/me", "Information"),
            ((await person.GetAsync("/users")).IsProblem(403), "GET", "/users", "Information"),
            ((await server.Api.PostAsync("/login", "{")).IsProblem(400), "POST", "/login", "Information"),
            ((await server.Api.LoginAsync(person.Name, "not-the-right-one")).IsProblem(401), "POST", "/login", "Information"),
        ];

        foreach (var failure in failures)
        {
            var line = await LineAsync(server.Process, failure.ApiResponse.Text("trace_id"));
            var state = line.GetProperty("State");
            Assert.Equal(failure.Method, state.GetProperty("Method").GetString());
            Assert.Equal((int)failure.ApiResponse.Status, state.GetProperty("Status").GetInt32());
            Assert.InRange(state.GetProperty("DurationMs").GetDouble(), 0, 60_000);
            Assert.Equal(failure.Level, line.GetProperty("LogLevel").GetString());
            if (failure.Route != "(no route)")
                Assert.Equal(failure.Route, state.GetProperty("Route").GetString());
        }

        // Including the probe, which was polled until the server was ready.
        Assert.Equal(failures.Length, server.Process.Output.Split('\n').Count(IsRequest));
    }

    [Fact]
    public async Task A_server_error_is_logged_with_its_exception()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        // An unexpected error.
        await server.Api.ExecuteAsync("alter table users rename column username to renamed");

        var response = (await person.GetAsync("/users/me")).IsProblem(500);

        var line = await LineAsync(server.Process, response.Text("trace_id"));
        Assert.Equal("Error", line.GetProperty("LogLevel").GetString());
        Assert.Equal("/users/me", line.GetProperty("State").GetProperty("Route").GetString());
        await server.Process.WaitForLineAsync(
            found =>
                found.Contains("unhandled exception", StringComparison.Ordinal)
                && found.Contains(response.Text("trace_id"), StringComparison.Ordinal)
                    ? found
                    : null,
            Cancel
        );
    }

    [Fact]
    public async Task Requests_are_logged_as_configured()
    {
        await using var all = await servers.StartAsync(("Logging__LogLevel__Requests", "Debug"));
        await using var none = await servers.StartAsync(("Logging__LogLevel__Requests", "None"));
        var traceId = Guid.NewGuid().ToString("N");
        foreach (var server in new[] { all, none })
        {
            (
                await server.Api.SendAsync(
                    HttpMethod.Get,
                    "/.well-known/jwks.json",
                    null,
                    null,
                    ("traceparent", $"00-{traceId}-{traceId[..16]}-01")
                )
            ).Is(200);
            (await server.Api.GetAsync("/users/me")).IsProblem(401);
        }

        var line = await LineAsync(all.Process, traceId);
        Assert.Equal("Debug", line.GetProperty("LogLevel").GetString());
        Assert.Equal("/.well-known/jwks.json", line.GetProperty("State").GetProperty("Route").GetString());
        none.Process.Stop();
        Assert.Equal(0, await none.Process.EndAsync(Cancel));
        Assert.DoesNotContain(none.Process.Output.Split('\n'), IsRequest);
    }

    static bool IsRequest(string line) => line.Contains("\"Category\":\"Requests\"", StringComparison.Ordinal);

    static async Task<JsonElement> LineAsync(FunctionsProcess process, string traceId) =>
        JsonElement.Parse(
            await process.WaitForLineAsync(
                line =>
                    IsRequest(line) && JsonElement.Parse(line).GetProperty("State").GetProperty("TraceId").GetString() == traceId
                        ? line
                        : null,
                Cancel
            )
        );
}
