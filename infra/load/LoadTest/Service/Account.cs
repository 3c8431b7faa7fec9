using System.Diagnostics;
using System.Text.Json;

namespace FunctionsApp.LoadTest.Service;

/// <summary>An account of the service with the tokens of one session.</summary>
sealed class Account(ApiClient api, string username, string password)
{
    /// <summary>A token is renewed in the first part of its lifetime, because its target may wait in a pipe.</summary>
    const double RenewedAfter = 1.0 / 3;

    string accessToken = "",
        refreshToken = "";
    TimeSpan lifetime;
    long obtained;

    public string Username => username;

    public string Password => password;

    /// <summary>Logs in.</summary>
    /// <returns>The refresh token of the new session.</returns>
    public async Task<string> LoginAsync(CancellationToken cancellationToken)
    {
        Keep(await LoginAsync(api, username, password, cancellationToken));
        return refreshToken;
    }

    /// <summary>An access token that is valid for some minutes more.</summary>
    public async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (refreshToken.Length == 0)
            await LoginAsync(cancellationToken);
        else if (Stopwatch.GetElapsedTime(obtained) > lifetime * RenewedAfter)
            Keep(await api.SendAsync(HttpMethod.Post, "/token/refresh", null, new { refresh_token = refreshToken }, cancellationToken));
        return accessToken;
    }

    /// <summary>Starts a session.</summary>
    /// <returns>The pair of tokens.</returns>
    public static Task<JsonElement> LoginAsync(ApiClient api, string username, string password, CancellationToken cancellationToken) =>
        api.SendAsync(
            HttpMethod.Post,
            "/login",
            null,
            () => new FormUrlEncodedContent([new("username", username), new("password", password)]),
            cancellationToken
        );

    void Keep(JsonElement pair)
    {
        accessToken = pair.GetProperty("access_token").GetString()!;
        refreshToken = pair.GetProperty("refresh_token").GetString()!;
        lifetime = TimeSpan.FromSeconds(pair.GetProperty("expires_in").GetInt32());
        obtained = Stopwatch.GetTimestamp();
    }
}
