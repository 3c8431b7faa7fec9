namespace FunctionsApp.Core.Accounts;

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
