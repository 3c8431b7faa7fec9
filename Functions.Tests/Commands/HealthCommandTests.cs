using System.Net;
using System.Net.Sockets;
using System.Text;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>The health check of a container: it knows only the server's settings.</summary>
[OwnServer]
public sealed class HealthCommandTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_server_is_healthy_at_its_wildcard_address_until_it_stops()
    {
        await using var server = await servers.StartAsync();
        var port = server.Api.Address.Port;
        (string, string)[][] settings =
        [
            [("ASPNETCORE_URLS", $"http://+:{port}")],
            [("ASPNETCORE_URLS", $"http://*:{port};http://+:1")],
            [("ASPNETCORE_URLS", $"http://0.0.0.0:{port}")],
            [("ASPNETCORE_URLS", $"http://[::]:{port}")],
            [("ASPNETCORE_HTTP_PORTS", $"{port}")],
            [("URLS", $"http://127.0.0.1:{port}")],
        ];

        foreach (var one in settings)
        {
            var run = await RunAsync([], one);
            Assert.True(run.ExitCode == 0, $"{one[0]}: {run.Output}");
            Assert.Equal("", run.Output);
        }

        Assert.Equal(0, (await RunAsync([$"http://localhost:{port}/healthz"])).ExitCode);

        server.Process.Stop();
        await server.Process.EndAsync(Cancel);
        FailsInALine(await RunAsync([], settings[0]), $"http://localhost:{port}/v1/healthz");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("ftp://localhost")]
    public async Task An_invalid_URL_is_named(string url)
    {
        FailsInALine(await RunAsync([url]), $"'{url}'");
        FailsInALine(await RunAsync([], ("ASPNETCORE_URLS", url)), url);
    }

    [Fact]
    public async Task Another_status_than_200_and_its_reason_are_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 500 X\r\nContent-Length: 28\r\n\r\n{\"detail\": \"A loop is late\"}");

        var run = await RunAsync([], ("ASPNETCORE_URLS", $"http://{listener.LocalEndpoint}"));
        using var client = await answering;

        FailsInALine(run, "returned 500", "A loop is late");
    }

    [Fact]
    public async Task A_server_that_does_not_respond_is_unhealthy_after_three_seconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        FailsInALine(await RunAsync([], ("ASPNETCORE_URLS", $"http://{listener.LocalEndpoint}")), "did not respond within 3 s");
    }

    static async Task<TcpClient> AnswerAsync(TcpListener listener, string response)
    {
        var client = await listener.AcceptTcpClientAsync(Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(response), Cancel);
        return client;
    }

    static void FailsInALine((int ExitCode, string Output) run, params string[] expected)
    {
        Assert.True(run.ExitCode == 1, $"Exit code {run.ExitCode}: {run.Output}");
        var line = Assert.Single(run.Output.Split('\n'));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(expected, text => Assert.Contains(text, line, StringComparison.Ordinal));
    }

    // Without a database and a secret.
    static Task<(int ExitCode, string Output)> RunAsync(string[] arguments, params (string Name, string Value)[] settings) =>
        FunctionsProcess.RunAsync(["health", .. arguments], settings.ToDictionary(setting => setting.Name, setting => setting.Value));
}
