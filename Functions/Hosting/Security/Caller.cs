using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The user who sent the request, from the validated token: a parameter of functions that require a token.</summary>
public sealed record Caller(Guid UserId, Guid SessionId, Client Client)
{
    public static ValueTask<Caller> BindAsync(HttpContext context)
    {
        if (context.User is not TokenPrincipal { UserId: { } userId, SessionId: { } sessionId })
        {
            throw new RefusedException(Refusal.Unauthenticated, "The token does not identify a user and a session. Log in again.");
        }

        return new(new Caller(userId, sessionId, context.Client()));
    }
}
