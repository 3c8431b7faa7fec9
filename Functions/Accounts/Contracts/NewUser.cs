using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A new user.</summary>
/// <param name="Username">1 to 64 characters without spaces. Unique, regardless of case.</param>
/// <param name="Password">8 to 256 characters of any kind. Very common passwords are refused.</param>
/// <param name="Email">An email address that can also be used to log in. Unique, regardless of case.</param>
/// <param name="Role">The role. The default is `user`.</param>
public sealed record NewUser(
    [property: StringLength(Identifier.MaxUsernameLength, MinimumLength = 1)] string Username,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string Password,
    [property: StringLength(Identifier.MaxEmailLength)] string? Email = null,
    Role Role = Role.User
) : IExample<NewUser>
{
    public static NewUser Example => new("grace", "correct horse battery", "grace@example.org", Role.Inspector);
}
