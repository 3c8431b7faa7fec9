using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A new account.</summary>
/// <param name="Username">1 to 64 characters without spaces. Unique, regardless of case.</param>
/// <param name="Password">8 to 256 characters of any kind. Very common passwords are refused.</param>
/// <param name="Email">An email address that can also be used to log in. Unique, regardless of case.</param>
public sealed record SignupRequest(
    [property: StringLength(Identifier.MaxUsernameLength, MinimumLength = 1)] string Username,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string Password,
    [property: StringLength(Identifier.MaxEmailLength)] string? Email = null
) : IExample<SignupRequest>
{
    public static SignupRequest Example => new("ada", "correct horse battery", "ada@example.org");
}

/// <summary>The new account.</summary>
/// <param name="Id">The id of the user.</param>
/// <param name="Username">The username.</param>
/// <param name="Email">The email address, or null.</param>
/// <param name="CreatedAt">When the account was created.</param>
public sealed record SignedUp(Guid Id, string Username, string? Email, DateTime CreatedAt) : IExample<SignedUp>
{
    public static SignedUp From(Core.Accounts.User user) => new(user.Id, user.Username, user.Email, user.CreatedAt);

    public static SignedUp Example => new(Examples.Id, "ada", "ada@example.org", Examples.Time);
}

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
