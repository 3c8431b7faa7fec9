using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

public static class ClientOfRequest
{
    const int MaxUserAgentLength = 256;

    /// <summary>The origin of a request.</summary>
    public static Client Client(this HttpContext context)
    {
        var agent = context.Request.Headers.UserAgent.ToString();
        var address = context.Connection.RemoteIpAddress;
        if (agent.Length > MaxUserAgentLength)
            agent = agent[..MaxUserAgentLength];
        return new(
            (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
            agent.Length == 0 || !TextRules.IsWellFormed(agent) ? null : agent
        )
        {
            Network = context.Request.Headers.ContainsKey("X-Forwarded-For")
                ? context.RequestServices.GetRequiredService<ForwardedPeer>().ThrottleKey(context)
                : null,
        };
    }
}
