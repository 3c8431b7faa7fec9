namespace FunctionsApp.Functions.Accounts;

/// <summary>A role. Each role includes the rights of the ones before it.</summary>
public enum Role
{
    User,
    Inspector,
    Admin,
}

/// <summary>The role in the API and the role in the core.</summary>
public static class RoleMapping
{
    public static Role ToApi(this Core.Accounts.Role role) =>
        role switch
        {
            Core.Accounts.Role.User => Role.User,
            Core.Accounts.Role.Inspector => Role.Inspector,
            Core.Accounts.Role.Admin => Role.Admin,
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "The API does not know this role."),
        };

    public static Core.Accounts.Role ToCore(this Role role) =>
        role switch
        {
            Role.User => Core.Accounts.Role.User,
            Role.Inspector => Core.Accounts.Role.Inspector,
            Role.Admin => Core.Accounts.Role.Admin,
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "There is no such role."),
        };
}
