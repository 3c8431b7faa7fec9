using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Opens the server's ports before the server is built, which takes most of the start. A client that connects meanwhile is served as soon
/// as the server is up; it would otherwise be refused. Kubernetes repeats a refused probe only after a second, and the first request from
/// zero waits for it.
/// </summary>
sealed class EarlyListener : IDisposable
{
    // Kestrel's default; it is set again when Kestrel takes the socket.
    const int Backlog = 512;

    readonly Dictionary<EndPoint, Socket> sockets = [];

    /// <summary>Opens the ports of addresses. Those that cannot be opened are left to Kestrel, which reports the error.</summary>
    public static EarlyListener Open(IEnumerable<string> urls)
    {
        var listener = new EarlyListener();
        foreach (var address in urls.Distinct().Select(TryParse).OfType<BindingAddress>())
            listener.Open(address);
        return listener;
    }

    /// <summary>The socket that is open for an address, or else a new one: for Kestrel, which becomes its owner.</summary>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public Socket Take(EndPoint endpoint) =>
        sockets.Remove(endpoint, out var socket) ? socket : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

    /// <summary>Closes what was not taken.</summary>
    public void Dispose()
    {
        foreach (var socket in sockets.Values)
            socket.Dispose();
    }

    // As Kestrel reads addresses: localhost is the loopback address of IPv4 and that of IPv6, and another host that is not an IP address
    // means all addresses, those of IPv4 only on a system without IPv6.
    void Open(BindingAddress address)
    {
        if (IPAddress.TryParse(address.Host, out var ip))
        {
            TryOpen(ip, address.Port);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            TryOpen(IPAddress.Loopback, address.Port);
            TryOpen(IPAddress.IPv6Loopback, address.Port);
        }
        else if (!TryOpen(IPAddress.IPv6Any, address.Port))
        {
            TryOpen(IPAddress.Any, address.Port);
        }
    }

    bool TryOpen(IPAddress address, int port)
    {
        var endpoint = new IPEndPoint(address, port);
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            sockets.Add(endpoint, socket);
            return true;
        }
        catch (SocketException)
        {
            // Kestrel tries again, and its error is the one that is reported.
            socket?.Dispose();
            return false;
        }
    }

    // Null for what has no port that is known before the server starts.
    static BindingAddress? TryParse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { IsUnixPipe: false, IsNamedPipe: false, Port: > 0 and <= IPEndPoint.MaxPort } ? address : null;
        }
        catch (FormatException)
        {
            // FrameworkSettings reports it.
            return null;
        }
    }
}
