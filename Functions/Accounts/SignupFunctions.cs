using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

public sealed class SignupFunctions(SignupService signups)
{
    [Function("Signup"), AllowAnonymous, EnableRateLimiting(RateLimits.Signup), Tags("Accounts"), EndpointSummary("Sign up")]
    [EndpointDescription("Creates an account. Log in afterwards to get an access token.")]
    [
        Fails(409, "The username or the email address is taken."),
        Fails(429, "Too many requests from this address: retry after the time in `Retry-After`.")
    ]
    [Fails(503, "Too many sign-ins at once, or the database is unavailable.")]
    public async Task<Ok<SignedUp>> Signup(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "signup")] HttpRequest request,
        [FromBody] SignupRequest signup,
        CancellationToken cancellationToken
    )
    {
        var user = await signups.SignUpAsync(
            signup.Username,
            signup.Password,
            signup.Email,
            request.HttpContext.Client(),
            cancellationToken
        );
        return TypedResults.Ok(SignedUp.From(user));
    }
}
