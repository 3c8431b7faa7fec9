namespace FunctionsApp.Core.Accounts;

/// <summary>A user.</summary>
/// <param name="Version">Counts the changes.</param>
public sealed record User(
    Guid Id,
    string Username,
    string? Email,
    Role Role,
    bool Disabled,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    long Version
);
