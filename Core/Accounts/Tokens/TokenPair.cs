namespace FunctionsApp.Core.Accounts;

/// <summary>What a sign-in or a refresh gives.</summary>
/// <param name="ExpiresIn">Seconds that the access token is good for.</param>
public sealed record TokenPair(string AccessToken, string RefreshToken, int ExpiresIn);
