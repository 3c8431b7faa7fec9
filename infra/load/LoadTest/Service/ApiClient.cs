using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace FunctionsApp.LoadTest.Service;

/// <summary>Requests that prepare an attack. They wait and try again when the service asks them to.</summary>
sealed class ApiClient : IDisposable
{
    const int Attempts = 20;

    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30),
        Recovery = TimeSpan.FromMinutes(1),
        Poll = TimeSpan.FromMilliseconds(100);

    readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <param name="url">The base URL of the API, such as <c>http://localhost:8890/v1</c>.</param>
    /// <exception cref="LoadTestException">It is not an HTTP URL.</exception>
    public ApiClient(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https") || parsed.Query.Length > 0)
            throw new LoadTestException($"'{url}' is not a base URL such as {Targets.AttackFile.DefaultUrl}.");
        Url = url.TrimEnd('/');
    }

    /// <summary>The base URL, without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>Checks that the service is there and that it is this service.</summary>
    /// <exception cref="LoadTestException">It is not reachable, not ready or something else.</exception>
    public async Task CheckServiceAsync(CancellationToken cancellationToken)
    {
        var (status, content) = await GetAsync("/openapi.json", cancellationToken);
        if (status != HttpStatusCode.OK || !HasPath(content, "/trains/{id}/tickets"))
        {
            throw new LoadTestException(
                $"The target {Url} is not this service: {Url}/openapi.json ({(int)status}) does not describe its API. The URL must contain "
                    + "the route prefix, such as /v1."
            );
        }

        (status, _) = await GetAsync("/readyz", cancellationToken);
        if (status != HttpStatusCode.OK)
            throw new LoadTestException($"The target {Url} is not ready: {Url}/readyz returns {(int)status}.");
    }

    /// <summary>Waits until the service is ready, for example after too much load.</summary>
    /// <exception cref="LoadTestException">It is not within a minute.</exception>
    public async Task AwaitReadyAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            string reason;
            try
            {
                using var response = await http.GetAsync($"{Url}/readyz", cancellationToken);
                if (response.StatusCode == HttpStatusCode.OK)
                    return;
                reason = $"returns {(int)response.StatusCode}";
            }
            catch (Exception e) when (IsFailure(e, cancellationToken))
            {
                reason = $"fails: {Reason(e)}";
            }

            if (Stopwatch.GetElapsedTime(start) > Recovery)
                throw new LoadTestException($"The target {Url} did not recover within a minute after an attack: {Url}/readyz {reason}");
            await Task.Delay(Poll, cancellationToken);
        }
    }

    /// <summary>Sends a request with a JSON body, or without one, and reads the JSON of the response.</summary>
    /// <exception cref="LoadTestException">It failed; the message has the service's reason.</exception>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, string? token, object? body, CancellationToken cancellationToken) =>
        SendAsync(method, path, token, () => body is null ? null : JsonContent.Create(body), cancellationToken);

    /// <summary>Sends a request with a body of any kind.</summary>
    /// <exception cref="LoadTestException">It failed; the message has the service's reason.</exception>
    public async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        string? token,
        Func<HttpContent?> content,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, Url + path) { Content = content() };
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            TimeSpan wait;
            try
            {
                using var response = await http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response.StatusCode == HttpStatusCode.NoContent
                        ? default
                        : await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                }

                if (
                    response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
                    || attempt == Attempts
                    || response.Headers.RetryAfter?.Delta is not { } asked
                    || asked > LongestWait
                )
                {
                    var reason = Detail(await response.Content.ReadAsStringAsync(cancellationToken));
                    throw new LoadTestException($"{method} {Url}{path} returned {(int)response.StatusCode}{reason}");
                }

                wait = asked;
            }
            catch (Exception e) when (IsFailure(e, cancellationToken))
            {
                throw new LoadTestException($"{method} {Url}{path} failed: {Reason(e)}", e);
            }
            catch (JsonException e)
            {
                throw new LoadTestException($"{method} {Url}{path} did not return JSON.", e);
            }

            await Task.Delay(wait, cancellationToken);
        }
    }

    public void Dispose() => http.Dispose();

    async Task<(HttpStatusCode Status, byte[] Content)> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(Url + path, cancellationToken);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception e) when (IsFailure(e, cancellationToken))
        {
            throw new LoadTestException($"The target {Url} is not reachable: {Reason(e)}", e);
        }
    }

    static bool IsFailure(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or SocketException or IOException
        || e is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    static string Reason(Exception e) => e is OperationCanceledException ? "no response within 60 s." : (e.InnerException ?? e).Message;

    static bool HasPath(byte[] document, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("paths", out var paths)
                && paths.ValueKind == JsonValueKind.Object
                && paths.TryGetProperty(path, out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static string Detail(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            string[] parts =
            [
                .. new[] { "title", "detail", "errors" }.Select(name =>
                    json.RootElement.TryGetProperty(name, out var value) ? value.ToString() : ""
                ),
            ];
            return ": " + string.Join(' ', parts.Where(part => part.Length > 0));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ".";
        }
    }
}
