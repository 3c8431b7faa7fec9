using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The distribution keys of the schema, and the statements that do not name them.</summary>
sealed partial class DistributionKeys
{
    /// <summary>The parts by which the modules' statements that reach every node are recognized.</summary>
    public static IReadOnlyList<string> EveryNode { get; } = [.. IExemptions.OfAll(one => one.EveryNode).Select(one => one.Subject)];

    // The types of columns by name.
    readonly Dictionary<string, string> types = new()
    {
        ["n"] = "integer",
        ["opening"] = "numeric",
        ["sold"] = "numeric",
        ["units"] = "numeric",
        ["bought"] = "numeric",
    };

    /// <summary>The key of each distributed table.</summary>
    public Dictionary<string, string> Columns { get; } = [];

    /// <summary>The table with which each distributed table is stored: rows of both with the same key are on the same node.</summary>
    public Dictionary<string, string> Groups { get; } = [];

    /// <summary>The columns of each table, in their order.</summary>
    public Dictionary<string, string[]> AllColumns { get; } = [];

    public static async Task<DistributionKeys> ReadAsync(NpgsqlConnection connection)
    {
        var keys = new DistributionKeys();
        foreach (
            var (table, comment, names) in await connection.QueryAsync<(string, string?, string[])>(
                """
                select relname::text, obj_description(oid, 'pg_class'),
                    array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 order by attnum)
                from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace
                """
            )
        )
        {
            keys.AllColumns.Add(table, names);
            if (Key().Match(comment ?? "") is not { Success: true } match)
                continue;
            keys.Columns.Add(table, match.Groups[1].Value);
            keys.Groups.Add(table, match.Groups[2] is { Success: true } group ? group.Value : table);
        }

        foreach (
            var (name, type) in await connection.QueryAsync<(string, string)>(
                """
                select distinct attname::text, atttypid::regtype::text from pg_attribute a join pg_class c on c.oid = a.attrelid
                where attnum > 0 and relkind = 'r' and relnamespace = 'public'::regnamespace
                """
            )
        )
            keys.types.TryAdd(name, type);
        return keys;
    }

    /// <summary>The part of <see cref="EveryNode"/> that a statement contains; null if it is no exception.</summary>
    public static string? ExceptionOf(string statement) =>
        EveryNode.FirstOrDefault(part => Line(statement).Contains(Line(part), StringComparison.Ordinal));

    /// <summary>Whether a statement uses a distributed table, or a function that does.</summary>
    public bool IsOfDistributedTable(string statement) =>
        Columns.Keys.Any(table => Regex.IsMatch(statement, $@"\b{table}\b")) || Function().IsMatch(statement);

    /// <summary>
    /// Gives parameters types, which Npgsql sends: what is added to a time is a period, and the types of arrays follow from the names of
    /// the columns that they become.
    /// </summary>
    public string Typed(string statement) =>
        Unnest()
            .Replace(
                Period().Replace(statement, "$0::interval"),
                match =>
                {
                    var names = match.Groups[3].Value.Split(", ");
                    var arrays = match
                        .Groups[1]
                        .Value.Split(", ")
                        .Select((array, i) => array.Contains(':') ? array : $"{array}::{TypeOf(names[i])}[]");
                    return $"unnest({string.Join(", ", arrays)}){match.Groups[2].Value}({match.Groups[3].Value})";
                }
            );

    string TypeOf(string column) =>
        types.TryGetValue(column, out var type)
            ? type
            : throw new InvalidOperationException($"No table has a column {column}: give its array a type, such as @{column}::text[].");

    static string Line(string text) => Space().Replace(text, " ");

    [GeneratedRegex(@"unnest\((\$[^)]*)\)((?: with ordinality)?\s+(?:as )?\w+ )\(([^)]*)\)")]
    private static partial Regex Unnest();

    [GeneratedRegex(@"now\(\) [+-] \$\d+")]
    private static partial Regex Period();

    [GeneratedRegex(@"_\d+\(\$1")]
    private static partial Regex Function();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^distributed by (\w+)(?:, colocated with (\w+))?$")]
    private static partial Regex Key();
}
