using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The user who sent the request, from the validated token: a parameter of functions that require a token.</summary>
public sealed record Caller(Guid UserId, Guid SessionId, Client Client)
{
    public static ValueTask<Caller> BindAsync(HttpContext context)
    {
        if (
            !Guid.TryParse(context.User.FindFirst(JwtRegisteredClaimNames.Sub)?.Value, out var userId)
            || !Guid.TryParse(context.User.FindFirst(AccessTokens.Session)?.Value, out var sessionId)
        )
        {
            throw new RefusedException(Refusal.Unauthenticated, "The token does not identify a user and a session. Log in again.");
        }

        return new(new Caller(userId, sessionId, context.Client()));
    }
}
