using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A pair of tokens.</summary>
/// <param name="AccessToken">Send it as `Authorization: Bearer ACCESS_TOKEN`.</param>
/// <param name="TokenType">Always `bearer`.</param>
/// <param name="ExpiresIn">The lifetime of the access token in seconds.</param>
/// <param name="RefreshToken">Exchange it for a new pair of tokens. It can be used once.</param>
public sealed record TokenResponse(string AccessToken, string TokenType, int ExpiresIn, string RefreshToken) : IExample<TokenResponse>
{
    public static TokenResponse Example => new("eyJhbGciOiJSUzI1NiIsImtpZCI6…", "bearer", 900, "AZr5x1kGc0qVb2n8…");

    public static TokenResponse From(TokenPair pair, HttpResponse response)
    {
        // RFC 6749, 5.1.
        response.Headers.CacheControl = "no-store";
        return new(pair.AccessToken, "bearer", pair.ExpiresIn, pair.RefreshToken);
    }
}
