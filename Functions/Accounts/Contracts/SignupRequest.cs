using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;

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
