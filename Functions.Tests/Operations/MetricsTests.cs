using Functions.Tests.Servers;

namespace Functions.Tests.Operations;

public sealed class MetricsTests(TestServers servers)
{
    [Fact]
    public async Task Metrics_tell_of_requests_the_database_hashing_and_the_runtime()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
        (await server.Api.GetAsync("/users/me")).IsProblem(401);
        (await server.Api.GetAsync($"/users/{person.Id}", person.Token)).Is(200);

        var metrics = await server.Api.PollAsync("/metrics", answer => Has(answer, "http_server_request_duration_seconds_count", "http_route=\"users/{id:guid}\"", "http_response_status_code=\"200\""));

        Assert.Equal("text/plain", metrics.MediaType);
        Assert.True(Has(metrics, "http_server_request_duration_seconds_bucket", "http_route=\"users/me\"", "http_response_status_code=\"200\"", "le=\"0.005\""), metrics.Body);
        Assert.True(Has(metrics, "http_server_request_duration_seconds_count", "http_route=\"users/me\"", "http_response_status_code=\"401\""), metrics.Body);
        Assert.True(Has(metrics, "http_server_request_duration_seconds_count", "http_route=\"login\"", "http_request_method=\"POST\""), metrics.Body);
        Assert.True(Has(metrics, "db_client_connection_count"), metrics.Body);
        Assert.True(Has(metrics, "db_client_connection_max"), metrics.Body);
        Assert.True(Has(metrics, "accounts_hashing_waiting"), metrics.Body);
        Assert.True(Has(metrics, "accounts_hashing_duration_seconds_count"), metrics.Body);
        Assert.True(Has(metrics, "dotnet_gc_collections_total"), metrics.Body);
        Assert.True(Has(metrics, "dotnet_process_memory_working_set_bytes"), metrics.Body);
        // Neither secrets nor what would make endless series.
        Assert.All(["Password", "Host=", person.Name, person.Id.ToString(), person.Token], secret => Assert.DoesNotContain(secret, metrics.Body, StringComparison.Ordinal));
    }

    static bool Has(Answer answer, string name, params string[] labels) =>
        answer.Body.Split('\n').Any(line => line.StartsWith(name, StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
}
