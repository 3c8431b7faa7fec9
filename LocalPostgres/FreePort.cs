using System.Net;
using System.Net.Sockets;

namespace FunctionsApp.LocalPostgres;

/// <summary>Loopback ports that are not in use.</summary>
internal static class FreePort
{
    /// <summary>
    /// A random one below the range from which systems give ports to outgoing connections, so that it is still free when a
    /// stopped server starts again.
    /// </summary>
    public static int Any()
    {
        while (true)
        {
            var port = Random.Shared.Next(20000, 32000);
            if (Is(port))
                return port;
        }
    }

    public static bool Is(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
