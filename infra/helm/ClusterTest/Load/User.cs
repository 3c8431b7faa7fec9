using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace FunctionsApp.ClusterTest.Load;

/// <summary>A user of the release, with an access token.</summary>
public sealed class User : IDisposable
{
    const string Password = "correct horse battery";
    readonly HttpClient http;
    readonly string username = $"test-{Guid.CreateVersion7():N}";

    User(Uri address, string? host)
    {
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Host = host;
    }

    /// <summary>The access token, for the header Authorization.</summary>
    public string Token { get; private set; } = "";

    /// <summary>Sends requests as this user.</summary>
    public HttpClient Http => http;

    /// <summary>Signs up and logs in.</summary>
    /// <param name="host">The header Host, for the interceptor.</param>
    public static async Task<User> SignUpAsync(Uri address, string? host = null)
    {
        var user = new User(address, host);
        using var signup = await user.http.PostAsJsonAsync("v1/signup", new { user.username, password = Password });
        signup.EnsureSuccessStatusCode();
        await user.LogInAsync();
        return user;
    }

    /// <summary>Gets a new access token.</summary>
    public async Task LogInAsync()
    {
        using var login = await http.PostAsJsonAsync("v1/login", new { username, password = Password });
        login.EnsureSuccessStatusCode();
        Token = (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    /// <summary>Vegeta's target for reading the own account, which needs the database.</summary>
    public string Target(Uri address, string? host = null) =>
        $"GET {address}v1/users/me\nAuthorization: Bearer {Token}\n{(host is null ? "" : $"Host: {host}\n")}";

    /// <summary>
    /// Vegeta's targets of several users who sign up for it, because a server limits the requests that one user has in progress.
    /// </summary>
    /// <inheritdoc cref="SignUpAsync"/>
    public static async Task<string> TargetsAsync(Uri address, string? host = null)
    {
        const int Users = 8;
        var targets = new List<string>();
        while (targets.Count < Users)
        {
            using var user = await SignUpAsync(address, host);
            targets.Add(user.Target(address, host));
        }

        return string.Join('\n', targets);
    }

    public void Dispose() => http.Dispose();
}
