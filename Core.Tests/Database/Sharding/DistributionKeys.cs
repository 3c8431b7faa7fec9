using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The distribution keys of the schema, and the statements that do not name them.</summary>
sealed partial class DistributionKeys
{
    /// <summary>Statements that deliberately reach every node: a part of the statement, and why.</summary>
    public static IReadOnlyList<(string Part, string Reason)> EveryNode { get; } =
    [
        ("from sessions where ended_at >", "the sessions that ended in the last seconds, of all users: an index scan of each shard"),
        ("delete from sessions where expires_at <", "clean-up in the background"),
        ("delete from login_failures where updated_at <", "clean-up in the background"),
        ("delete from login_failures where subject = $1 or starts_with", "the erasure of a deleted account"),
        ("delete from train_tickets where status = 'refused' and issued_at", "clean-up in the background"),
        ("delete from parking_tickets where refusal is not null and entered_at", "clean-up in the background"),
        ("from erasures where due_at <=", "work in the background"),
        ("where role = 'admin'", "whether there is an administrator, read when one is removed"),
        ("from users where id = any(", "which of the waitlisted users exist: read only when seats come free"),
        ("where $1::uuid is null or id < $1", "an administrator's list of users"),
        ("identifiers where identifier = any(", "the identifiers of one user, which are keys themselves: sign-up, rename and deletion"),
        ("from unnest($2) as wanted (identifier)", "the identifiers of one user, which are keys themselves: sign-up and rename"),
        ("from login_failures where subject = any(", "an account and an address, which are keys themselves"),
        ("from train_stops a join train_stops b", "the search: trains of all runs between two stations, and what is free on them"),
        ("from train_tickets t where user_id =", "a user's tickets of all runs: an index scan of each shard"),
        ("run_id from train_tickets where user_id =", "the erasure of a deleted account"),
        ("run_id, id from train_tickets where user_id =", "the erasure of a deleted account"),
        ("from parking_tickets where user_id =", "a user's stays in all lots: an index scan of each shard"),
    ];

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
            if (Key().Match(comment ?? "") is { Success: true } match)
                keys.Columns.Add(table, match.Groups[1].Value);
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
        EveryNode.Select(one => one.Part).FirstOrDefault(part => Line(statement).Contains(Line(part), StringComparison.Ordinal));

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
                        .Select((array, i) => array.Contains(':') ? array : $"{array}::{types[names[i]]}[]");
                    return $"unnest({string.Join(", ", arrays)}){match.Groups[2].Value}({match.Groups[3].Value})";
                }
            );

    static string Line(string text) => Space().Replace(text, " ");

    [GeneratedRegex(@"unnest\((\$[^)]*)\)((?: with ordinality)?\s+(?:as )?\w+ )\(([^)]*)\)")]
    private static partial Regex Unnest();

    [GeneratedRegex(@"now\(\) [+-] \$\d+")]
    private static partial Regex Period();

    [GeneratedRegex(@"_\d+\(\$1")]
    private static partial Regex Function();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^distributed by (\w+)")]
    private static partial Regex Key();
}
