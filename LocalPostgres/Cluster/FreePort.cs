using System.Net;
using System.Net.Sockets;

namespace FunctionsApp.LocalPostgres;

/// <summary>Loopback ports that are not in use.</summary>
internal static class FreePort
{
    /// <summary>
    /// Finds a random free port below the range of ephemeral ports, so that it is still free when a stopped server is started again.
    /// </summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(20000, 32000);
            if (IsFree(port))
                return port;
        }
    }

    public static bool IsFree(int port)
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
