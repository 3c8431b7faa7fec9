using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

public sealed class LoginFunctions(LoginService logins, SessionService sessions)
{
    [Function("Login"), AllowAnonymous, EnableRateLimiting(RateLimits.Login), Tags("Accounts"), EndpointSummary("Log in")]
    [EndpointDescription("Returns an access token and a refresh token. Log in with the username or the email address.")]
    [
        Fails(401, "The username or the password is wrong."),
        Fails(429, "Too many failed attempts, or too many requests from this address: retry after the time in `Retry-After`."),
        Fails(503, "Too many sign-ins at once, or the database is unavailable.")
    ]
    public async Task<Ok<TokenResponse>> Login(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "login")] HttpRequest request,
        LoginRequest login,
        CancellationToken cancellationToken
    )
    {
        if (login.RefreshToken is { } token)
            return TypedResults.Ok(
                TokenResponse.From(
                    await sessions.RefreshAsync(token, request.HttpContext.Client(), cancellationToken),
                    request.HttpContext.Response
                )
            );
        if (login.GrantType is not (null or "" or "password"))
            throw RefusedException.Invalid("grant_type", "Must be 'password' or omitted.");
        return TypedResults.Ok(
            TokenResponse.From(
                await logins.LoginAsync(login.Username, login.Password, request.HttpContext.Client(), cancellationToken),
                request.HttpContext.Response
            )
        );
    }
}
