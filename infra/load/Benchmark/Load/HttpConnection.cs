using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FunctionsApp.Benchmark.Load;

/// <summary>
/// A blocking keep-alive HTTP/1.1 connection for one thread that parses only the status and the length of a response. It is much cheaper
/// than <see cref="HttpClient"/>, which leaves more of the machine to the server.
/// </summary>
sealed class HttpConnection : IDisposable
{
    readonly IPEndPoint server;
    readonly byte[] buffer = new byte[64 * 1024];
    Socket socket;
    int position,
        filled;

    /// <exception cref="SocketException">The connection was refused.</exception>
    public HttpConnection(IPEndPoint server)
    {
        this.server = server;
        socket = Connect();
    }

    /// <summary>Whether a server returns 200 to a request, on a connection of its own. False while it does not listen.</summary>
    public static bool Returns200(IPEndPoint server, byte[] request)
    {
        try
        {
            using var connection = new HttpConnection(server);
            return connection.Send(request) == 200;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>Sends a request and reads the complete response.</summary>
    /// <returns>The status code.</returns>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="IOException">It ended in the middle of a response, or the response is not HTTP/1.1.</exception>
    public int Send(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0)
            request = request[socket.Send(request)..];
        position = filled = 0;
        var head = ReadThrough("\r\n\r\n"u8);
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out int status, out _))
            throw new IOException($"Not an HTTP/1.1 response: {Encoding.ASCII.GetString(head)}");

        // Copied from the buffer before more is read into it.
        var length =
            Header(head, "content-length:"u8) is { Length: > 0 } text && Utf8Parser.TryParse(text, out int parsed, out _) ? parsed : 0;
        var chunked = Header(head, "transfer-encoding:"u8).SequenceEqual("chunked"u8);
        var last = Header(head, "connection:"u8).SequenceEqual("close"u8);
        if (chunked)
            SkipChunks();
        else
            Skip(length);
        if (last)
        {
            socket.Dispose();
            socket = Connect();
        }

        return status;
    }

    public void Dispose() => socket.Dispose();

    Socket Connect()
    {
        var made = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        try
        {
            made.Connect(server);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    void SkipChunks()
    {
        while (true)
        {
            var line = ReadThrough("\r\n"u8);
            if (!Utf8Parser.TryParse(line, out int size, out _, 'x'))
                throw new IOException("A chunk has no size.");
            Skip(size + 2);
            if (size == 0)
                return;
        }
    }

    ReadOnlySpan<byte> ReadThrough(ReadOnlySpan<byte> end)
    {
        while (true)
        {
            var found = buffer.AsSpan(position, filled - position).IndexOf(end);
            if (found >= 0)
            {
                var read = buffer.AsSpan(position, found + end.Length);
                position += read.Length;
                return read;
            }

            Fill();
        }
    }

    void Skip(int count)
    {
        while (count > filled - position)
        {
            count -= filled - position;
            position = filled;
            Fill();
        }

        position += count;
    }

    void Fill()
    {
        if (position == filled)
            position = filled = 0;
        if (filled == buffer.Length)
            throw new IOException("The header of the response is too long.");
        var read = socket.Receive(buffer.AsSpan(filled));
        if (read == 0)
            throw new IOException("The server closed the connection in the middle of a response.");
        filled += read;
    }

    static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.IndexOf("\r\n"u8) is var end and > 0)
        {
            var line = head[..end];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return line[name.Length..].Trim((byte)' ');
            head = head[(end + 2)..];
        }

        return default;
    }
}
