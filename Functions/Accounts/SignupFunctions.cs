using System.ComponentModel.DataAnnotations;
using Core.Accounts;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <param name="Username">1 to 64 characters, no spaces. Unique, whatever its case.</param>
/// <param name="Password">8 to 256 characters of any kind.</param>
/// <param name="Email">May also be used to log in.</param>
public sealed record SignupRequest(
    [property: StringLength(Identifier.MaxUsernameLength, MinimumLength = 1)] string Username,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string Password,
    [property: StringLength(Identifier.MaxEmailLength)] string? Email = null) : IExample<SignupRequest>
{
    public static SignupRequest Example => new("ada", "correct horse battery", "ada@example.org");
}

public sealed record SignedUp(Guid Id, string Username, string? Email, DateTime CreatedAt) : IExample<SignedUp>
{
    public static SignedUp Example => new(Examples.Id, "ada", "ada@example.org", Examples.Time);
}

public sealed class SignupFunctions(AccountService accounts)
{
    [Function("Signup"), AllowAnonymous, Tags("Accounts"), EndpointSummary("Sign up")]
    [Fails(409, "The username or the e-mail address is taken."), Fails(503, "Too many sign-ins at once, or the database is away.")]
    public async Task<Ok<SignedUp>> Signup([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "signup")] HttpRequest request, [FromBody] SignupRequest signup, CancellationToken cancel)
    {
        var user = await accounts.SignUpAsync(signup.Username, signup.Password, signup.Email, request.HttpContext.Client(), cancel);
        return TypedResults.Ok(new SignedUp(user.Id, user.Username, user.Email, user.CreatedAt));
    }
}
