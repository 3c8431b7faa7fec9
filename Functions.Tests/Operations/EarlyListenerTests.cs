using System.Net;
using System.Net.Sockets;
using System.Text;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Functions.Tests.Operations;

/// <summary>Clients that connect before there is a server.</summary>
public sealed class EarlyListenerTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://*:{0}")]
    [InlineData("http://+:{0}")]
    [InlineData("http://[::]:{0}")]
    [InlineData("http://0.0.0.0:{0}")]
    public async Task A_request_that_is_sent_before_the_server_is_built_gets_a_response(string urls)
    {
        var (port, url) = Free(urls);
        using var listener = EarlyListener.Open([url]);
        using var client = new TcpClient();

        await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancel);
        await using var server = await StartAsync(listener, url);

        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        Assert.Contains("served", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_reports_a_port_that_is_in_use()
    {
        var (_, url) = Free("http://127.0.0.1:{0}");
        using var first = EarlyListener.Open([url]);
        using var second = EarlyListener.Open([url]);

        var error = await Assert.ThrowsAsync<IOException>(() => StartAsync(second, url));

        Assert.Contains("address already in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_opens_addresses_that_the_listener_does_not_open()
    {
        const string url = "http://127.0.0.1:0";
        using var listener = EarlyListener.Open([url]);

        await using var server = await StartAsync(listener, url);

        using var http = new HttpClient();
        Assert.Equal("served", await http.GetStringAsync(new Uri(server.Urls.First()), Cancel));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("http://*:65536")]
    [InlineData("http://unix:/tmp/a.sock")]
    public void Other_addresses_are_ignored(string url) => EarlyListener.Open([url]).Dispose();

    [Fact]
    public async Task A_client_of_a_server_that_does_not_start_is_disconnected()
    {
        var (port, url) = Free("http://127.0.0.1:{0}");
        using var client = new TcpClient();
        using (EarlyListener.Open([url, url]))
            await client.ConnectAsync(IPAddress.Loopback, port, Cancel);

        await Assert.ThrowsAsync<IOException>(async () => await client.GetStream().ReadExactlyAsync(new byte[1], Cancel));
    }

    static async Task<WebApplication> StartAsync(EarlyListener listener, string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url).UseSockets(sockets => sockets.CreateBoundListenSocket = listener.Take);
        var server = builder.Build();
        server.Run(context => context.Response.WriteAsync("served"));
        await server.StartAsync(Cancel);
        return server;
    }

    static (int Port, string Url) Free(string urls)
    {
        var port = Toxiproxy.FreePort();
        return (port, string.Format(System.Globalization.CultureInfo.InvariantCulture, urls, port));
    }
}
