using System.Text;
using System.Text.Json;

namespace FunctionsApp.Benchmark.Load;

/// <summary>Creates requests as bytes once, instead of each time they are sent.</summary>
static class HttpText
{
    public static byte[] Get(string path, string? token = null) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: bench\r\n{Authorization(token)}\r\n");

    public static byte[] Json(string method, string path, object body, string? token = null) =>
        WithBody(method, path, "application/json", JsonSerializer.Serialize(body), token);

    public static byte[] Form(string path, params (string Name, string Value)[] fields) =>
        WithBody(
            "POST",
            path,
            "application/x-www-form-urlencoded",
            string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}")),
            token: null
        );

    public static byte[] WithBody(string method, string path, string mediaType, string body, string? token) =>
        Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: bench\r\n{Authorization(token)}Content-Type: {mediaType}\r\nContent-Length: "
                + $"{Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"
        );

    static string Authorization(string? token) => token is null ? "" : $"Authorization: Bearer {token}\r\n";
}
