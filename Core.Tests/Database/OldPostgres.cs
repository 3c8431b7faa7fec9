using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>A server that accepts connections like a Postgres of another version, but no statements.</summary>
sealed class OldPostgres : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource over = new();
    readonly string version;
    readonly Task serving;

    public OldPostgres(string version)
    {
        this.version = version;
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Opening a connection sends no statement: neither to load types nor to set session limits.</summary>
    public string ConnectionString =>
        $"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=u;Password=p;Database=d;SSL Mode=Disable;GSS "
        + "Encryption Mode=Disable;Server Compatibility Mode=NoTypeLoading;No Reset On Close=false";

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        listener.Dispose();
        over.Dispose();
    }

    async Task ServeAsync()
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(over.Token);
                open.Add(client);
                var stream = client.GetStream();
                var length = new byte[4];
                await stream.ReadExactlyAsync(length, over.Token);
                await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4], over.Token);
                // AuthenticationOk, two ParameterStatus, ReadyForQuery.
                await stream.WriteAsync(
                    (byte[])
                        [
                            .. Message('R', [0, 0, 0, 0]),
                            .. Parameter("server_version", version),
                            .. Parameter("client_encoding", "UTF8"),
                            .. Message('Z', "I"u8),
                        ],
                    over.Token
                );
            }
        }
        finally
        {
            open.ForEach(client => client.Dispose());
        }
    }

    static byte[] Parameter(string name, string value) => Message('S', Encoding.ASCII.GetBytes($"{name}\0{value}\0"));

    static byte[] Message(char type, ReadOnlySpan<byte> body)
    {
        var message = new byte[5 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message.AsSpan(5));
        return message;
    }
}
