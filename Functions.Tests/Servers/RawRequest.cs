using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>
/// A request on a raw connection, for what HTTP clients do not support: reading the response before the body is sent, or
/// disconnecting.
/// </summary>
public sealed class RawRequest : IDisposable
{
    readonly TcpClient client = new() { NoDelay = true };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Connects without sending anything.</summary>
    public static async Task<RawRequest> ConnectAsync(Api api)
    {
        var request = new RawRequest();
        await request.client.ConnectAsync(api.Address.Host, api.Address.Port, Cancel);
        return request;
    }

    /// <summary>Connects and sends the headers.</summary>
    /// <param name="headers">Headers in addition to Host and Authorization.</param>
    public static async Task<RawRequest> StartAsync(Api api, string method, string path, string? token, params string[] headers)
    {
        var request = await ConnectAsync(api);
        string[] lines =
        [
            $"{method} {Api.Prefix}{path} HTTP/1.1",
            $"Host: {api.Address.Authority}",
            .. token is null ? Array.Empty<string>() : [$"Authorization: Bearer {token}"],
            .. headers,
            "",
            "",
        ];
        await request.SendAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines)));
        return request;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await client.GetStream().WriteAsync(bytes, Cancel);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends chunks of the bytes until there is a response.</summary>
    /// <returns>How many bytes of body were sent.</returns>
    public async Task<long> SendChunksAsync(ReadOnlyMemory<byte> bytes, long most)
    {
        byte[] chunk =
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length:X}\r\n")),
            .. bytes.Span,
            .. "\r\n"u8,
        ];
        long sent = 0;
        for (; sent < most && client.Available == 0; sent += bytes.Length)
            await SendAsync(chunk);
        return sent;
    }

    /// <summary>
    /// Waits until the server requests the body of a request with <c>Expect: 100-continue</c>.
    /// </summary>
    public async Task ContinueAsync()
    {
        const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";
        var buffer = new byte[Continue.Length];
        await client.GetStream().ReadExactlyAsync(buffer, Cancel);
        Assert.Equal(Continue, Encoding.ASCII.GetString(buffer));
    }

    /// <summary>Reads the status and body of the response, assuming that the body is a single JSON object or chunk.</summary>
    public async Task<(int Status, string Text)> ReadResponseAsync()
    {
        var buffer = new byte[64 * 1024];
        var text = "";
        do
        {
            var read = await client.GetStream().ReadAsync(buffer, Cancel);
            if (read == 0)
                break;
            text += Encoding.UTF8.GetString(buffer, 0, read);
        } while (
            !text.Contains("\r\n\r\n", StringComparison.Ordinal)
            || !text.TrimEnd().EndsWith('}') && !text.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
        );

        return (int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture), text);
    }

    /// <summary>Closes the connection: gracefully, or immediately with a reset.</summary>
    public void HangUp(bool atOnce)
    {
        if (atOnce)
            client.Client.LingerState = new(enable: true, seconds: 0);
        client.Close();
    }

    public void Dispose() => client.Dispose();
}
