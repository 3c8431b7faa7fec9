using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Who sends the request, from the checked token: a parameter of every function that is not open to all.</summary>
public sealed record Caller(Guid UserId, Guid SessionId, Client Client)
{
    public static ValueTask<Caller> BindAsync(HttpContext context)
    {
        if (
            !Guid.TryParse(context.User.FindFirst(JwtRegisteredClaimNames.Sub)?.Value, out var userId)
            || !Guid.TryParse(context.User.FindFirst(AccessTokens.Session)?.Value, out var sessionId)
        )
        {
            throw new RefusedException(Refusal.Unauthenticated, "The token does not say whose it is. Log in again.");
        }

        return new(new Caller(userId, sessionId, context.Client()));
    }
}

public static class ClientOfRequest
{
    const int MaxUserAgentLength = 256;

    /// <summary>Where a request comes from.</summary>
    public static Client Client(this HttpContext context)
    {
        var agent = context.Request.Headers.UserAgent.ToString();
        var address = context.Connection.RemoteIpAddress;
        if (agent.Length > MaxUserAgentLength)
            agent = agent[..MaxUserAgentLength];
        return new(
            (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
            agent.Length == 0 || !Identifier.IsWellFormed(agent) ? null : agent
        )
        {
            Network = context.Request.Headers.ContainsKey("X-Forwarded-For")
                ? context.RequestServices.GetRequiredService<ForwardedPeer>().ThrottleKey(context)
                : null,
        };
    }
}
