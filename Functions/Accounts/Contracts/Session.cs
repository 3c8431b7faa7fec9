namespace FunctionsApp.Functions.Accounts;

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
)
{
    public static Session From(Core.Accounts.Session session) =>
        new(session.Id, session.CreatedAt, session.LastUsedAt, session.ExpiresAt, session.Address, session.UserAgent, session.Current);
}
