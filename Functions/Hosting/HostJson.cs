using System.Text.Json;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of host.json that both hosts respect.</summary>
public static class HostJson
{
    /// <summary>The path prefix of all routes, such as <c>/v1</c>; empty if there is none.</summary>
    public static string RoutePrefix { get; } = Read();

    static string Read()
    {
        using var json = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json")),
            new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
        );
        var prefix =
            json.RootElement.TryGetProperty("extensions", out var extensions)
            && extensions.TryGetProperty("http", out var http)
            && http.TryGetProperty("routePrefix", out var value)
                ? value.GetString()!.Trim('/')
                : "api";
        return prefix.Length == 0 ? "" : $"/{prefix}";
    }
}
