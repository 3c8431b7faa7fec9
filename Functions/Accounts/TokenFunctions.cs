using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

public sealed class TokenFunctions(SessionService sessions)
{
    [Function("TokenRefresh"), AllowAnonymous, EnableRateLimiting(RateLimits.Refresh), Tags("Accounts"), EndpointSummary("Refresh tokens")]
    [EndpointDescription(
        "Exchanges a refresh token for a new pair of tokens. A refresh token can be used once. Using it again ends the session, except "
            + "within a short time, so that a client that did not receive the response can retry."
    )]
    [
        Fails(401, "The refresh token is not valid, was used before, or its session has ended."),
        Fails(429, "Too many requests from this address: retry after the time in `Retry-After`.")
    ]
    public async Task<Ok<TokenResponse>> Refresh(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "token/refresh")] HttpRequest request,
        RefreshRequest refresh,
        CancellationToken cancellationToken
    )
    {
        if (refresh.GrantType is not (null or "" or RefreshRequest.Grant))
            throw RefusedException.Invalid("grant_type", "Must be 'refresh_token' or omitted.");
        return TypedResults.Ok(
            TokenResponse.From(
                await sessions.RefreshAsync(refresh.RefreshToken, request.HttpContext.Client(), cancellationToken),
                request.HttpContext.Response
            )
        );
    }
}
