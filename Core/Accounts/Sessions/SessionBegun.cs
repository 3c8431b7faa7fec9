namespace FunctionsApp.Core.Accounts;

/// <summary>A session that has started.</summary>
/// <param name="Role">The user's role as of the row that the session begins under.</param>
/// <param name="Ended">The user's oldest sessions, which it ended because there would have been too many.</param>
public sealed record SessionBegun(Role Role, Guid[] Ended);
