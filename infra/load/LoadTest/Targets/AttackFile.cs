using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FunctionsApp.LoadTest.Targets;

/// <summary>
/// An attack file: one target in Vegeta's HTTP format. Its URL and its body may have placeholders such as <c>{run}</c>.
/// </summary>
sealed partial class AttackFile
{
    /// <summary>The base URL in the attack files.</summary>
    public const string DefaultUrl = "http://localhost:8890/v1";

    static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly string method,
        path;
    readonly IReadOnlyList<(string Name, string Value)> headers;
    readonly string? body;
    readonly Func<string, string> escapeInBody = value => value;

    AttackFile(string method, string path, IReadOnlyList<(string Name, string Value)> headers, string? body)
    {
        (this.method, this.path, this.headers, this.body) = (method, path, headers, body);
        var type = headers.FirstOrDefault(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value;
        if (type == "application/json")
            escapeInBody = value => JsonSerializer.Serialize(value, Relaxed)[1..^1];
        else if (type == "application/x-www-form-urlencoded")
            escapeInBody = Uri.EscapeDataString;
    }

    /// <summary>Parses a file.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="readBody">Reads the file of a body by its path.</param>
    /// <exception cref="LoadTestException">The text is not one target below <see cref="DefaultUrl"/>.</exception>
    public static AttackFile Parse(string name, string text, Func<string, string> readBody)
    {
        var lines = text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        if (lines is not [var first, .. var others] || first.Split(' ') is not [var method, var url])
            throw new LoadTestException($"{name} does not begin with a method and a URL.");
        if (!url.StartsWith(DefaultUrl + "/", StringComparison.Ordinal))
            throw new LoadTestException($"The URL in {name} does not begin with {DefaultUrl}/.");
        List<(string, string)> headers = [];
        string? body = null;
        foreach (var line in others)
        {
            if (line[0] == '@')
                body = readBody(line[1..]);
            else if (line.Split(':', 2) is [var header, var value])
                headers.Add((header.Trim(), value.Trim()));
            else
                throw new LoadTestException($"{name} has a line that is neither a header nor a body: {line}");
        }

        return new(method, url[DefaultUrl.Length..], headers, body);
    }

    /// <summary>The target with values instead of the placeholders.</summary>
    /// <param name="url">The base URL of the service, without a slash at the end.</param>
    /// <param name="values">A value for each placeholder, without any escaping.</param>
    /// <param name="token">The access token with which to send it, or null.</param>
    /// <exception cref="LoadTestException">A placeholder has no value.</exception>
    public Target Fill(string url, IReadOnlyDictionary<string, string> values, string? token) =>
        new(
            method,
            url + Replace(path, values, Uri.EscapeDataString),
            token is null ? headers : [.. headers, ("Authorization", $"Bearer {token}")],
            body is null ? null : Encoding.UTF8.GetBytes(Replace(body, values, escapeInBody))
        );

    static string Replace(string text, IReadOnlyDictionary<string, string> values, Func<string, string> escape) =>
        Placeholder()
            .Replace(
                text,
                match =>
                    values.TryGetValue(match.Groups[1].Value, out var value)
                        ? escape(value)
                        : throw new LoadTestException($"The placeholder {match.Value} is unknown.")
            );

    [GeneratedRegex(@"\{([a-z_]+)\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();
}
