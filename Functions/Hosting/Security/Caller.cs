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
