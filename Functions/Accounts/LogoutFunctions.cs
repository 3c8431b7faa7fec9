using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

[Authorize]
public sealed class LogoutFunctions(SessionService sessions)
{
    [Function("Logout"), Tags("Accounts"), EndpointSummary("Log out")]
    [EndpointDescription("Ends the session of the access token.")]
    public async Task<NoContent> Logout(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "logout")] HttpRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        await sessions.LogoutAsync(caller.UserId, caller.SessionId, caller.Client, cancellationToken);
        return TypedResults.NoContent();
    }

    [Function("LogoutAll"), Tags("Accounts"), EndpointSummary("Log out everywhere")]
    [EndpointDescription("Ends all sessions of the user.")]
    public async Task<NoContent> LogoutAll(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "logout/all")] HttpRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        await sessions.LogoutEverywhereAsync(caller.UserId, caller.Client, cancellationToken);
        return TypedResults.NoContent();
    }
}
