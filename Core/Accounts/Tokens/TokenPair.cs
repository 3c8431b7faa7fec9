namespace FunctionsApp.Core.Accounts;

/// <summary>The tokens that a login or a refresh returns.</summary>
/// <param name="ExpiresIn">The lifetime of the access token in seconds.</param>
public sealed record TokenPair(string AccessToken, string RefreshToken, int ExpiresIn);
