using System.Net;
using System.Net.Sockets;
using System.Text;
using FunctionsApp.LoadTest.Service;

namespace FunctionsApp.LoadTest.Tests;

public sealed class ApiClientTests
{
    [Fact]
    public async Task A_target_that_dies_while_it_is_checked_is_a_clear_failure()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var api = new ApiClient($"http://{listener.LocalEndpoint}");

        var check = api.CheckServiceAsync(TestContext.Current.CancellationToken);
        using (var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            listener.Stop();
            const string Document = """{"paths": {"/trains/{id}/tickets": {}}}""";
            var response = $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {Document.Length}\r\n\r\n{Document}";
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(response), TestContext.Current.CancellationToken);
            await Assert.ThrowsAsync<LoadTestException>(() => check);
        }
    }
}
