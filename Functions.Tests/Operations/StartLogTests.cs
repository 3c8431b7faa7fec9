using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Operations;

/// <summary>The log on startup, and while a dependency is unavailable.</summary>
[OwnServer]
public sealed class StartLogTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Startup_logs_the_documentation_URL_and_the_version_without_warnings()
    {
        await using var server = await servers.StartAsync();

        await server.Process.WaitForLineAsync(
            line => line.Contains($"{server.Api.Address}v1/docs", StringComparison.Ordinal) ? line : null,
            Cancel
        );
        await server.Process.WaitForLineAsync(line => line.Contains("FunctionsApp 1.", StringComparison.Ordinal) ? line : null, Cancel);
        Assert.DoesNotContain("\"LogLevel\":\"Warning\"", server.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("DataProtection", server.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_collector_is_reported_once()
    {
        await using var server = await servers.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "20")
        );

        await server.Process.WaitForLineAsync(IsReport, Cancel);
        await server.Api.NewPersonAsync();
        server.Process.Stop();
        Assert.Equal(0, await server.Process.EndAsync(Cancel));

        Assert.Single(server.Process.Output.Split('\n'), line => IsReport(line) is not null);
        Assert.DoesNotContain("   at ", server.Process.Output, StringComparison.Ordinal);

        static string? IsReport(string line) => line.Contains("Traces cannot be exported", StringComparison.Ordinal) ? line : null;
    }

    [Fact]
    public async Task A_command_writes_its_result_to_standard_output_and_its_log_to_standard_error()
    {
        await using var migrate = FunctionsProcess.Start(
            ["migrate"],
            TestServer.Settings(
                await servers.CreateEmptyDatabaseAsync(),
                ("Logging__LogLevel__Default", "Information"),
                ("Accounts__Colour", "blue")
            )
        );
        Assert.Equal(0, await migrate.EndAsync(Cancel));

        Assert.Matches("^Applied .*$", migrate.Results);
        Assert.DoesNotContain('\n', migrate.Results);
        Assert.Contains("Accounts__Colour is not a setting", migrate.Output, StringComparison.Ordinal);
    }
}
