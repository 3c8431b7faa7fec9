namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>A logged-in user of the API.</summary>
public sealed class Person(Api api, Guid id, string name)
{
    public const string FirstPassword = "correct horse battery";

    public Guid Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>The access token of the latest login or refresh.</summary>
    public string Token { get; private set; } = "";

    /// <summary>The refresh token of the latest login or refresh.</summary>
    public string RefreshToken { get; private set; } = "";

    /// <summary>Starts another session and uses its tokens from then on.</summary>
    public async Task<ApiResponse> LoginAsync(string password = FirstPassword)
    {
        var response = (await api.LoginAsync(Name, password)).Is(200);
        (Token, RefreshToken) = (response.Text("access_token"), response.Text("refresh_token"));
        return response;
    }

    /// <summary>Exchanges the refresh token.</summary>
    public async Task<ApiResponse> RefreshAsync()
    {
        var response = (await api.PostAsync("/token/refresh", new { refresh_token = RefreshToken })).Is(200);
        (Token, RefreshToken) = (response.Text("access_token"), response.Text("refresh_token"));
        return response;
    }

    public Task<ApiResponse> GetAsync(string path) => api.GetAsync(path, Token);

    public Task<ApiResponse> PostAsync(string path, object? body = null) => api.PostAsync(path, body, Token);

    public Task<ApiResponse> PutAsync(string path, object? body) => api.PutAsync(path, body, Token);

    public Task<ApiResponse> PatchAsync(string path, object? body, string? ifMatch = null) => api.PatchAsync(path, body, Token, ifMatch);

    /// <summary>Deletes the account.</summary>
    public Task<ApiResponse> DeleteAccountAsync(string password = FirstPassword, params (string Name, string Value)[] headers) =>
        api.SendAsync(
            HttpMethod.Delete,
            "/users/me",
            Token,
            System.Net.Http.Json.JsonContent.Create(new { current_password = password }),
            headers
        );

    public Task<ApiResponse> DeleteAsync(string path) => api.DeleteAsync(path, Token);
}
