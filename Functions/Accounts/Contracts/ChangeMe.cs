using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>The changes to your account. Fields that are omitted stay unchanged.</summary>
/// <param name="Username">The new username.</param>
/// <param name="Email">The new email address, or null to remove it.</param>
/// <param name="CurrentPassword">The current password. It is required to change the email address.</param>
public sealed record ChangeMe(string? Username = null, OptionalText Email = default, string? CurrentPassword = null) : IExample<ChangeMe>
{
    public static ChangeMe Example => new(Email: new("ada@lovelace.example"), CurrentPassword: "correct horse battery");
}
