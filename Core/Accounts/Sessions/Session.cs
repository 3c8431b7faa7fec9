namespace FunctionsApp.Core.Accounts;

/// <summary>A session: one login and its refreshes.</summary>
/// <param name="ExpiresAt">When the session expires if it is not refreshed.</param>
/// <param name="Address">The IP address of the client, if known.</param>
/// <param name="Current">Whether it is the session of the request.</param>
public sealed record Session(
    Guid Id,
    DateTime CreatedAt,
    DateTime LastUsedAt,
    DateTime ExpiresAt,
    string? Address,
    string? UserAgent,
    bool Current
);
