using System.Net;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Handles requests with <c>X-Forwarded-For</c> from a peer that is not listed in <c>Http__TrustedProxies</c>. The peer is most likely a
/// proxy that was not configured, so all clients appear to have its address. A warning is logged once, and unless the setting is present,
/// limits by address apply to each client that the peer reports instead of to all of them together.
/// </summary>
sealed class ForwardedPeer(HttpOptions settings, ILogger<ForwardedPeer> logger)
{
    const string Header = "X-Forwarded-For",
        Processed = "X-Original-For";

    readonly bool configured = settings.TrustedProxies is not null;
    int warned;

    /// <summary>The key of the request's client in limits by address.</summary>
    public string ThrottleKey(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress?.ToString();
        var network = ClientNetwork.Of(address);
        if (context.Request.Headers[Header] is not { Count: > 0 } forwarded || context.Request.Headers.ContainsKey(Processed))
            return network;
        Warn(address);
        if (configured)
            return network;
        // The peer itself added the last entry.
        var last = forwarded[^1].AsSpan();
        last = last[(last.LastIndexOf(',') + 1)..].Trim();
        return IPEndPoint.TryParse(last, out var client) ? $"{network}>{ClientNetwork.Of(client.Address.ToString())}" : network;
    }

    void Warn(string? address)
    {
        if (Interlocked.Exchange(ref warned, 1) != 0)
            return;
        if (configured)
        {
            logger.LogWarning(
                "A request from {Address} has an X-Forwarded-For header, but Http__TrustedProxies does not include that address, so the "
                    + "header is ignored. If the address belongs to your proxy, all of its clients share the limits by address: add its "
                    + "network to Http__TrustedProxies",
                address
            );
            return;
        }

        logger.LogWarning(
            "A request from {Address} has an X-Forwarded-For header, but Http__TrustedProxies is not set. If the address is a proxy, the "
                + "audit trail shows it for every client, and limits by address rely on a header that clients can forge: set "
                + "Http__TrustedProxies to the proxy's network, such as 10.0.0.0/8. If there is no proxy, set it to 'none'",
            address
        );
    }
}
