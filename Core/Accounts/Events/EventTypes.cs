namespace FunctionsApp.Core.Accounts;

/// <summary>The types of <see cref="AccountEvent"/>, as the database and the API spell them.</summary>
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
