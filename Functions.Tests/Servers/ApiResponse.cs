using System.Globalization;
using System.Net;
using System.Text.Json;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>A complete response of the API.</summary>
public sealed record ApiResponse(
    string Request,
    HttpStatusCode Status,
    string? MediaType,
    IReadOnlyDictionary<string, string> Headers,
    string Body
)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A string in the body.</summary>
    public string Text(string property) => Json.GetProperty(property).GetString()!;

    public override string ToString() => $"{Request} → {(int)Status} {MediaType}\n{Body}";

    /// <summary>Asserts the status.</summary>
    public ApiResponse Is(int status)
    {
        Assert.True((int)Status == status, $"Expected {status}: {this}");
        return this;
    }

    /// <summary>Asserts a problem+json that explains the problem without exposing internals.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="fields">All fields in <c>errors</c>.</param>
    public ApiResponse IsProblem(int status, params string[] fields)
    {
        Is(status);
        Assert.True(MediaType == "application/problem+json", $"Expected a problem+json: {this}");
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(Text("title")), $"No title: {this}");
        Assert.True(Json.TryGetProperty("detail", out var detail) && detail.GetString() is { Length: > 0 }, $"No detail: {this}");
        Assert.Matches("^[0-9a-f]{32}$", Text("trace_id"));
        Assert.Equal(fields.Order(), Errors.Keys.Order());
        Assert.All(Errors.Values, Assert.NotEmpty);
        foreach (var inside in new[] { "   at ", "Exception", "System.", "FunctionsApp.", "Npgsql", "select ", "insert ", "$." })
        {
            Assert.DoesNotContain(inside, Body, StringComparison.Ordinal);
        }

        if (status == 401)
            Assert.StartsWith("Bearer", Header("WWW-Authenticate"), StringComparison.Ordinal);
        if (status is 429 or 503)
            Assert.InRange(int.Parse(Header("Retry-After") ?? $"no Retry-After: {this}", CultureInfo.InvariantCulture), 1, 3600);
        return this;
    }

    /// <summary>A problem's <c>errors</c>.</summary>
    public IReadOnlyDictionary<string, string[]> Errors =>
        Json.TryGetProperty("errors", out var errors)
            ? errors
                .EnumerateObject()
                .ToDictionary(one => one.Name, one => one.Value.EnumerateArray().Select(text => text.GetString()!).ToArray())
            : new Dictionary<string, string[]>();

    /// <summary>The body without the trace id, which differs for each request.</summary>
    public string WithoutTraceId => Json.TryGetProperty("trace_id", out var id) ? Body.Replace(id.GetString()!, "") : Body;

    /// <summary>A list's items.</summary>
    public JsonElement[] Items => [.. Json.GetProperty("items").EnumerateArray()];

    public string? NextCursor => Text("next_cursor");
}
