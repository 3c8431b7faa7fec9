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

/// <summary>A session: one login and its refreshes.</summary>
/// <param name="Id">The id of the session.</param>
/// <param name="CreatedAt">When the user logged in.</param>
/// <param name="LastUsedAt">When the session was last refreshed.</param>
/// <param name="ExpiresAt">When the session expires if it is not refreshed.</param>
/// <param name="Address">The IP address of the client, or null if unknown.</param>
/// <param name="UserAgent">The `User-Agent` of the client, or null.</param>
/// <param name="Current">Whether the current request belongs to this session.</param>
public sealed record Session(
    Guid Id,
    DateTime CreatedAt,
    DateTime LastUsedAt,
    DateTime ExpiresAt,
    string? Address,
    string? UserAgent,
    bool Current
);

/// <summary>An entry of the audit trail.</summary>
/// <param name="Id">The id of the event.</param>
/// <param name="At">When it happened.</param>
/// <param name="Type">What happened, such as `logged_in` or `password_changed`.</param>
/// <param name="ActorId">The administrator who did it, or null if it was the user.</param>
/// <param name="SessionId">The session in which it happened, or null.</param>
/// <param name="Address">The IP address of the client, or null.</param>
/// <param name="UserAgent">The `User-Agent` of the client, or null.</param>
public sealed record AccountEvent(Guid Id, DateTime At, string Type, Guid? ActorId, Guid? SessionId, string? Address, string? UserAgent);

/// <summary>The types of <see cref="AccountEvent"/>.</summary>
public static class EventTypes
{
    public const string SignedUp = "signed_up",
        Created = "created",
        LoggedIn = "logged_in",
        LoginFailed = "login_failed",
        LoggedOut = "logged_out",
        LoggedOutEverywhere = "logged_out_everywhere",
        SessionEnded = "session_ended",
        RefreshTokenReused = "refresh_token_reused",
        PasswordChanged = "password_changed",
        ProfileChanged = "profile_changed",
        RoleChanged = "role_changed",
        Disabled = "disabled",
        Enabled = "enabled",
        Deleted = "deleted";
}

/// <summary>Where a request comes from, for the audit trail and the rules against guessing.</summary>
/// <param name="Address">The client's IP address.</param>
public sealed record Client(string? Address, string? UserAgent)
{
    /// <summary>
    /// What limits by address count the client by: its network, unless the HTTP side knows better, such as behind a proxy that is not
    /// trusted.
    /// </summary>
    [AllowNull]
    public string Network
    {
        get => field ?? ClientNetwork.Of(Address);
        init;
    }
}

/// <summary>What a sign-in or a refresh gives.</summary>
/// <param name="ExpiresIn">Seconds that the access token is good for.</param>
public sealed record TokenPair(string AccessToken, string RefreshToken, int ExpiresIn);

/// <summary>What to change of a user. What is not set stays.</summary>
public sealed record UserChange
{
    public string? Username { get; init; }

    /// <summary>Set and null: the address is removed.</summary>
    public (bool IsSet, string? Value) Email { get; init; }

    public Role? Role { get; init; }

    public bool? Disabled { get; init; }
}
