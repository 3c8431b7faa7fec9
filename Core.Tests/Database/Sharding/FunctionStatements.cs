using System.Text.RegularExpressions;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The SQL statements in the body of a function of the migrations, whose variables begin with <c>_</c>.</summary>
static partial class FunctionStatements
{
    /// <summary>A function as <c>pg_proc</c> has it: its parameters include those that are returned.</summary>
    public sealed class Function
    {
        public required string Name { get; init; }
        public required string Body { get; init; }
        public required string[] Parameters { get; init; }
        public required string[] Types { get; init; }
    }

    /// <summary>The statements, with the function's first parameter as <c>$1</c> and all other variables as further parameters.</summary>
    public static IEnumerable<string> Of(Function function)
    {
        var types = function.Parameters.Zip(function.Types).ToDictionary(pair => pair.First, pair => pair.Second);
        foreach (Match variable in Variable().Matches(function.Body))
            types[variable.Groups[1].Value] = variable.Groups[2].Value;
        foreach (Match loop in Loop().Matches(function.Body))
            types[loop.Groups[1].Value] = "integer";
        var body = Comment().Replace(function.Body, "");
        foreach (var part in body[body.IndexOf("begin", StringComparison.Ordinal)..].Split(';'))
        {
            if (Start().Match(part) is not { Success: true } start || Control().IsMatch(part[..start.Index] + start.Value))
                continue;
            var statement = part[start.Index..].Trim();
            if (statement.StartsWith("perform", StringComparison.Ordinal))
                statement = $"select{statement["perform".Length..]}";
            List<string> names = [function.Parameters[0]];
            yield return Name()
                .Replace(
                    Into().Replace(statement, ""),
                    match =>
                    {
                        if (!names.Contains(match.Value))
                            names.Add(match.Value);
                        return $"(${names.IndexOf(match.Value) + 1}::{types[match.Value]})";
                    }
                );
        }
    }

    [GeneratedRegex(@"^\s*(_\w+) ([a-z]+(?:\[\])?);$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\bfor (_\w+) in 1 \.\.")]
    private static partial Regex Loop();

    [GeneratedRegex(@"\b(perform|select|insert into|update|delete from|with)\b")]
    private static partial Regex Start();

    [GeneratedRegex(@"raise exception")]
    private static partial Regex Control();

    [GeneratedRegex(@"\s+into\s+_\w+(?:,\s*_\w+)*")]
    private static partial Regex Into();

    [GeneratedRegex(@"(?<![\w.])_[a-z]\w*")]
    private static partial Regex Name();

    [GeneratedRegex(@"--.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
