using Core.Accounts;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

public sealed record RefreshRequest(string RefreshToken) : IExample<RefreshRequest>
{
    public static RefreshRequest Example => new("AZr5x1kGc0qVb2n8…");
}

public sealed class TokenFunctions(AccountService accounts)
{
    [Function("TokenRefresh"), AllowAnonymous, Tags("Accounts"), EndpointSummary("Get a new pair of tokens")]
    [EndpointDescription("The refresh token that was sent dies. Using a dead one ends its session, except within a few seconds, for a client whose answer was lost: it gets the same pair's refresh token again.")]
    [Fails(401, "The refresh token is not valid, was used before, or its session has ended.")]
    public async Task<Ok<TokenResponse>> Refresh([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "token/refresh")] HttpRequest request, [FromBody] RefreshRequest refresh, CancellationToken cancel) =>
        TypedResults.Ok(TokenResponse.Of(await accounts.RefreshAsync(refresh.RefreshToken, request.HttpContext.Client(), cancel), request.HttpContext.Response));
}
