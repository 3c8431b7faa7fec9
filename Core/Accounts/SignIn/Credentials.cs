namespace FunctionsApp.Core.Accounts;

/// <summary>What signing in needs to know about a user.</summary>
/// <param name="KnownAddress">Whether the user has signed in from the client's address before.</param>
public sealed record Credentials(Guid Id, string PasswordHash, bool Disabled, bool KnownAddress);
