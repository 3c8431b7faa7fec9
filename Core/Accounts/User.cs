using System.Text.Json.Serialization;

namespace Core.Accounts;

/// <summary>A user as others see them. Times are UTC.</summary>
/// <param name="Version">Counts the changes; an <c>ETag</c> for HTTP.</param>
public sealed record User(
    Guid Id,
    string Username,
    string? Email,
    Role Role,
    bool Disabled,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    [property: JsonIgnore] long Version);

/// <summary>A session as its owner sees it: one sign-in and all its refreshes. Times are UTC.</summary>
/// <param name="Current">Whether the request that asks belongs to it.</param>
public sealed record Session(Guid Id, DateTime CreatedAt, DateTime LastUsedAt, DateTime ExpiresAt, string? Address, string? UserAgent, bool Current);

/// <summary>One entry of a user's audit trail.</summary>
/// <param name="At">UTC.</param>
/// <param name="ActorId">Who did it, where it was not the user: an administrator.</param>
public sealed record AccountEvent(Guid Id, DateTime At, string Type, Guid? ActorId, Guid? SessionId, string? Address, string? UserAgent);

/// <summary>The types of <see cref="AccountEvent"/>.</summary>
public static class EventTypes
{
    public const string
        SignedUp = "signed_up", Created = "created", LoggedIn = "logged_in", LoginFailed = "login_failed", LoggedOut = "logged_out", LoggedOutEverywhere = "logged_out_everywhere",
        SessionEnded = "session_ended", RefreshTokenReused = "refresh_token_reused", PasswordChanged = "password_changed", ProfileChanged = "profile_changed",
        RoleChanged = "role_changed", Disabled = "disabled", Enabled = "enabled", Deleted = "deleted";
}

/// <summary>Where a request comes from, for the audit trail and the rules against guessing.</summary>
/// <param name="Address">The client's IP address.</param>
public sealed record Client(string? Address, string? UserAgent);

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
