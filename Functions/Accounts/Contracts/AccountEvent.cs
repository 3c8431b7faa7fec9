namespace FunctionsApp.Functions.Accounts;

/// <summary>An entry of the audit trail.</summary>
/// <param name="Id">The id of the event.</param>
/// <param name="At">When it happened.</param>
/// <param name="Type">What happened, such as `logged_in` or `password_changed`.</param>
/// <param name="ActorId">The administrator who did it, or null if it was the user.</param>
/// <param name="SessionId">The session in which it happened, or null.</param>
/// <param name="Address">The IP address of the client, or null.</param>
/// <param name="UserAgent">The `User-Agent` of the client, or null.</param>
public sealed record AccountEvent(Guid Id, DateTime At, string Type, Guid? ActorId, Guid? SessionId, string? Address, string? UserAgent)
{
    public static AccountEvent From(Core.Accounts.AccountEvent entry) =>
        new(entry.Id, entry.At, entry.Type, entry.ActorId, entry.SessionId, entry.Address, entry.UserAgent);
}
