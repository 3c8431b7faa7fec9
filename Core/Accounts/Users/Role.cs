namespace FunctionsApp.Core.Accounts;

/// <summary>A role. Each role includes the rights of the ones before it.</summary>
public enum Role
{
    User,

    /// <summary>Verifies tickets.</summary>
    Inspector,

    /// <summary>Manages users, runs, lots and prices.</summary>
    Admin,
}

/// <summary>The roles as the database, the tokens and the API spell them.</summary>
public static class Roles
{
    public const string User = "user",
        Inspector = "inspector",
        Admin = "admin";

    public static string Name(this Role role) =>
        role switch
        {
            Role.Admin => Admin,
            Role.Inspector => Inspector,
            _ => User,
        };

    /// <summary>Reads what <see cref="Name"/> wrote.</summary>
    /// <exception cref="ArgumentException">It did not write that.</exception>
    public static Role Parse(string name) =>
        name switch
        {
            User => Role.User,
            Inspector => Role.Inspector,
            Admin => Role.Admin,
            _ => throw new ArgumentException($"'{name}' is not a role.", nameof(name)),
        };
}
