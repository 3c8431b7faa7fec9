namespace FunctionsApp.Core.Accounts;

/// <summary>What signing in needs to know about a user.</summary>
/// <param name="KnownNetwork">Whether the user has a session that was started, or last refreshed, from the client's network.</param>
public sealed record Credentials(Guid Id, string PasswordHash, bool Disabled, bool KnownNetwork);
