using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Accounts;

/// <summary>A user.</summary>
/// <param name="Id">The id of the user.</param>
/// <param name="Username">The username.</param>
/// <param name="Email">The email address, or null.</param>
/// <param name="Role">The role.</param>
/// <param name="Disabled">Whether the user is disabled.</param>
/// <param name="CreatedAt">When the account was created.</param>
/// <param name="UpdatedAt">When the account was last changed.</param>
/// <param name="Version">Counts the changes; an <c>ETag</c> for HTTP.</param>
public sealed record User(
    Guid Id,
    string Username,
    string? Email,
    Role Role,
    bool Disabled,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    [property: JsonIgnore] long Version
);
