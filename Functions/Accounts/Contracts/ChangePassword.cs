using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A new password.</summary>
/// <param name="CurrentPassword">The current password.</param>
/// <param name="NewPassword">8 to 256 characters of any kind. Very common passwords are refused.</param>
public sealed record ChangePassword(
    string CurrentPassword,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string NewPassword
) : IExample<ChangePassword>
{
    public static ChangePassword Example => new("correct horse battery", "staple of the realm");
}
