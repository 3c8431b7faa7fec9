using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Operations;

[OwnServer]
public sealed class MetricsTests(TestServers servers)
{
    [Fact]
    public async Task Metrics_cover_requests_the_database_hashing_and_the_runtime()
    {
        await using var server = await servers.StartAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
        (await server.Api.GetAsync("/users/me")).IsProblem(401);
        (await server.Api.GetAsync($"/users/{person.Id}", person.Token)).Is(200);

        var metrics = await server.Api.PollAsync(
            "/metrics",
            response =>
                Has(
                    response,
                    "http_server_request_duration_seconds_count",
                    "http_route=\"users/{id:guid}\"",
                    "http_response_status_code=\"200\""
                )
        );

        Assert.Equal("text/plain", metrics.MediaType);
        Assert.True(
            Has(
                metrics,
                "http_server_request_duration_seconds_bucket",
                "http_route=\"users/me\"",
                "http_response_status_code=\"200\"",
                "le=\"0.005\""
            ),
            metrics.Body
        );
        Assert.True(
            Has(metrics, "http_server_request_duration_seconds_count", "http_route=\"users/me\"", "http_response_status_code=\"401\""),
            metrics.Body
        );
        Assert.True(
            Has(metrics, "http_server_request_duration_seconds_count", "http_route=\"login\"", "http_request_method=\"POST\""),
            metrics.Body
        );
        Assert.True(Has(metrics, "db_client_connection_count"), metrics.Body);
        Assert.True(Has(metrics, "db_client_connection_max"), metrics.Body);
        Assert.True(Has(metrics, "accounts_hashing_waiting"), metrics.Body);
        Assert.True(Has(metrics, "accounts_hashing_duration_seconds_count"), metrics.Body);
        Assert.True(Has(metrics, "dotnet_gc_collections_total"), metrics.Body);
        Assert.True(Has(metrics, "dotnet_process_memory_working_set_bytes"), metrics.Body);
        // Neither secrets nor labels of unlimited cardinality.
        Assert.All(
            ["Password", "Host=", person.Name, person.Id.ToString(), person.Token],
            secret => Assert.DoesNotContain(secret, metrics.Body, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Metrics_contain_the_service_and_its_version_but_no_database_details()
    {
        await using var server = await servers.StartAsync();
        await server.Api.NewPersonAsync();
        var metrics = await server.Api.PollAsync(
            "/metrics",
            response => Has(response, "db_client_connection_count") && Has(response, "db_client_operation_duration_seconds_count")
        );

        Assert.True(Has(metrics, "target_info", "service_name=\"functionsapp\"", "service_version=\"1."), metrics.Body);
        Assert.True(
            Has(metrics, "functionsapp_build_info{", "version=\"1.", "commit=\"", "host=\"kestrel\"", "dotnet=\"10."),
            metrics.Body
        );
        Assert.True(Has(metrics, "functionsapp_database_clock_difference_seconds"), metrics.Body);
        var allowed = new[]
        {
            "otel_scope_name",
            "otel_scope_version",
            "otel_scope_schema_url",
            "db_client_connection_pool_name",
            "db_client_connection_state",
            "db_client_connection_status",
            "error_type",
            "le",
        };
        var database = metrics.Body.Split('\n').Where(line => line.StartsWith("db_client", StringComparison.Ordinal)).ToList();
        foreach (var line in database)
        {
            Assert.All(
                System.Text.RegularExpressions.Regex.Matches(line, "[{,]([a-z_]+)=\"").Select(label => label.Groups[1].Value),
                label => Assert.Contains(label, allowed)
            );
            Assert.DoesNotContain("127.0.0.1", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Metrics_can_have_a_separate_port()
    {
        using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var server = await servers.StartAsync(("Metrics__Port", $"{port}"));
        await using var metricsApi = new Api(new Uri($"http://127.0.0.1:{port}"), "Host=nowhere", () => server.Process.Output);

        foreach (var path in new[] { "/metrics", "/v1/metrics", "/metrics/", "/v1/METRICS/" })
        {
            (await metricsApi.SendToRootAsync(HttpMethod.Get, path)).Is(200);
            // Regardless of the Host header.
            (await server.Api.SendToRootAsync(HttpMethod.Get, path, null, null, ("Host", $"127.0.0.1:{port}"))).IsProblem(404);
        }

        (await metricsApi.GetAsync("/users/me")).IsProblem(404);
        (await metricsApi.GetAsync("/readyz")).IsProblem(404);
        (await server.Api.GetAsync("/users/me")).IsProblem(401);
    }

    static bool Has(ApiResponse response, string name, params string[] labels) =>
        response
            .Body.Split('\n')
            .Any(line =>
                line.StartsWith(name, StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal))
            );
}
