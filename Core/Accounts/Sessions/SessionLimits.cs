namespace FunctionsApp.Core.Accounts;

/// <summary>How long sessions last and how many a user may have.</summary>
/// <param name="Idle">Without a refresh.</param>
/// <param name="Total">From the login on, however often it is refreshed.</param>
/// <param name="PerUser">A login beyond that ends the oldest; 0 is no limit.</param>
public sealed record SessionLimits(TimeSpan Idle, TimeSpan Total, int PerUser);
