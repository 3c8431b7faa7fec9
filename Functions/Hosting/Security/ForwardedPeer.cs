using System.Net;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Requests that carry <c>X-Forwarded-For</c> from a peer that is not named in <c>Http__TrustedProxies</c>. Most likely the peer is a proxy
/// that was not configured, and all clients seem to have its address: the log warns once, and as long as the setting is absent, limits by
/// address count each client that the peer names by itself instead of all of them together.
/// </summary>
sealed class ForwardedPeer(HttpOptions settings, ILogger<ForwardedPeer> logger)
{
    const string Header = "X-Forwarded-For",
        Processed = "X-Original-For";

    readonly bool configured = settings.TrustedProxies is not null;
    int warned;

    /// <summary>The key that limits by address use for the request's client.</summary>
    public string ThrottleKey(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress?.ToString();
        var network = ClientNetwork.Of(address);
        if (context.Request.Headers[Header] is not { Count: > 0 } forwarded || context.Request.Headers.ContainsKey(Processed))
            return network;
        Warn(address);
        if (configured)
            return network;
        // The last entry is the one that the peer itself has added.
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
                "A request from {Address} carries X-Forwarded-For, but Http__TrustedProxies does not name that address: the header is "
                    + "ignored. "
                    + "If it is a proxy of yours, all of its clients share the limits by address: add its network to Http__TrustedProxies",
                address
            );
            return;
        }

        logger.LogWarning(
            "A request from {Address} carries X-Forwarded-For, but Http__TrustedProxies is not set. If it is a proxy, the audit trail "
                + "shows its address for "
                + "every client, and limits by address rely on a header that clients can forge: set Http__TrustedProxies to the "
                + "proxy's network, such as "
                + "10.0.0.0/8. If the service is reached without a proxy, set it to 'none'",
            address
        );
    }
}
