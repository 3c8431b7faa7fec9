using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>The changes to a user. Fields that are omitted stay unchanged.</summary>
/// <param name="Username">The new username.</param>
/// <param name="Email">The new email address, or null to remove it.</param>
/// <param name="Role">The new role.</param>
/// <param name="Disabled">Whether the user is disabled. A disabled user cannot log in.</param>
public sealed record ChangeUser(string? Username = null, OptionalText Email = default, Role? Role = null, bool? Disabled = null)
    : IExample<ChangeUser>
{
    public static ChangeUser Example => new(Role: Accounts.Role.Inspector, Disabled: false);
}
