using System.Net;
using System.Net.Sockets;

namespace FunctionsApp.Core.Accounts;

/// <summary>Which addresses count as one client where requests are limited or queued by address.</summary>
public static class ClientNetwork
{
    /// <summary>
    /// An IPv4 address, the /64 network of an IPv6 address (a customer's own), or the text itself if it is not an
    /// address.
    /// </summary>
    public static string Of(string? address)
    {
        if (address is null || !IPAddress.TryParse(address, out var ip))
            return address ?? "unknown";
        if (ip.IsIPv4MappedToIPv6)
            ip = ip.MapToIPv4();
        if (ip.AddressFamily != AddressFamily.InterNetworkV6)
            return ip.ToString();
        var bytes = ip.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
