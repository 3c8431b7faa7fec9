using System.Text.Json;
using System.Text.RegularExpressions;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Translates errors of System.Text.Json, whose messages contain names of .NET types, for users of the API.</summary>
static partial class JsonProblems
{
    public const string NotText = "Contains a NUL or a character that is not valid Unicode text.";

    /// <summary>Returns a sentence about the body, and the problems by field if they are related to fields.</summary>
    public static (string Detail, Dictionary<string, string[]> Errors) Explain(JsonException problem)
    {
        var errors = new Dictionary<string, string[]>();
        var message = problem.Message;
        var field = Field(problem.Path);
        if (Missing().Match(message) is { Success: true } missing)
        {
            foreach (Match name in Quoted().Matches(missing.Groups[1].Value))
                errors[Join(field, name.Groups[1].Value)] = ["Is required."];
        }
        else if (Unknown().Match(message) is { Success: true } unknown)
        {
            errors[field.EndsWith(unknown.Groups[1].Value, StringComparison.Ordinal) ? field : Join(field, unknown.Groups[1].Value)] =
            [
                "Is not a field of this request.",
            ];
        }
        else if (Duplicate().Match(message) is { Success: true } duplicate)
        {
            errors[field.EndsWith(duplicate.Groups[1].Value, StringComparison.Ordinal) ? field : Join(field, duplicate.Groups[1].Value)] =
            [
                "Duplicate field.",
            ];
        }
        else if (
            problem.InnerException is JsonException or System.Text.DecoderFallbackException
            || message.Contains("is invalid", StringComparison.Ordinal) && problem.InnerException is not null
        )
        {
            return ($"The body is not valid JSON: line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}.", errors);
        }
        else if (field.Length > 0)
        {
            errors[field] =
            [
                message.StartsWith(NotText, StringComparison.Ordinal) || problem.InnerException is InvalidOperationException ? NotText
                : message.Contains("null", StringComparison.Ordinal) ? "Must not be null."
                : "Has the wrong type.",
            ];
        }
        else
        {
            return ("The body does not have the JSON structure that this request expects.", errors);
        }

        return ("One or more fields are not valid.", errors);
    }

    // $.stops[2].station → stops[2].station
    static string Field(string? path) => path is null or "$" ? "" : path.TrimStart('$').TrimStart('.');

    static string Join(string field, string name) => field.Length == 0 ? name : $"{field}.{name}";

    [GeneratedRegex("missing required properties including: (.*)$", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Missing();

    [GeneratedRegex("'([^']+)'", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    [GeneratedRegex("The JSON property '([^']*)' could not be mapped", RegexOptions.NonBacktracking)]
    private static partial Regex Unknown();

    [GeneratedRegex("Duplicate property '([^']*)'", RegexOptions.NonBacktracking)]
    private static partial Regex Duplicate();
}
