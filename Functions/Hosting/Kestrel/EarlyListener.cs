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

    /// <summary>
    /// Opens the ports of addresses. Those of localhost, which is two addresses, and those that cannot be opened are left to Kestrel, which
    /// reports the error.
    /// </summary>
    public static EarlyListener Open(IEnumerable<string> urls)
    {
        var listener = new EarlyListener();
        foreach (var url in urls.Distinct())
            _ = Endpoints(url).Any(listener.TryOpen);
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

    bool TryOpen(IPEndPoint endpoint)
    {
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

    // As Kestrel reads addresses: a host that is not an IP address means all addresses, those of IPv4 only on a system without IPv6.
    static IPEndPoint[] Endpoints(string url)
    {
        if (
            TryParse(url) is not { IsUnixPipe: false, IsNamedPipe: false, Port: > 0 and <= IPEndPoint.MaxPort } address
            || IsLocalhost(address)
        )
            return [];
        return IPAddress.TryParse(address.Host, out var ip)
            ? [new(ip, address.Port)]
            : [new(IPAddress.IPv6Any, address.Port), new(IPAddress.Any, address.Port)];
    }

    static bool IsLocalhost(BindingAddress address) => address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    static BindingAddress? TryParse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            // FrameworkSettings reports it.
            return null;
        }
    }
}
