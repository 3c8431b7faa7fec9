namespace FunctionsApp.Core.Keys;

/// <summary>The times that the life cycle of keys depends on. The module that issues access tokens registers them.</summary>
/// <param name="ReadInterval">How often a process reads the keys.</param>
/// <param name="AccessTokenLifetime">How long an access token is valid.</param>
/// <param name="ClockSkew">How far the clocks of two machines may be apart.</param>
public sealed record KeyTimes(TimeSpan ReadInterval, TimeSpan AccessTokenLifetime, TimeSpan ClockSkew);
