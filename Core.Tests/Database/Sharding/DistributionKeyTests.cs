using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// Proves of each statement in the stores that it names the distribution key of each distributed table that it uses, so that on Citus it
/// reaches one node. Postgres itself parses and plans the statement, with parameters whose values are unknown: each scan of a table must
/// compare its key with a parameter, and each insertion must take the key from a parameter or from such a scan. It is the same parameter
/// for all tables of a statement, and their rows with the same key are stored together.
/// </summary>
public sealed partial class DistributionKeyTests(PostgresFixture postgres) : IAsyncLifetime
{
    DistributionKeys keys = null!;
    NpgsqlDataSource data = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await new Migrations(database, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(Cancel);
        data = NpgsqlDataSource.Create(connectionString);
        await using var connection = await data.OpenConnectionAsync(Cancel);
        keys = await DistributionKeys.ReadAsync(connection);
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    [Fact]
    public async Task Each_statement_of_a_store_names_the_key_of_its_tables_or_is_a_known_exception()
    {
        List<string> problems = [];
        var (routed, unused) = (0, DistributionKeys.EveryNode.ToHashSet());
        foreach (var statement in StoreStatements.Read())
        {
            var problem = await ProblemAsync(statement);
            var exception = DistributionKeys.ExceptionOf(statement);
            if (problem is null)
                routed++;
            else if (exception is null)
                problems.Add($"{problem}\n{statement}");
            else
                unused.Remove(exception);
        }

        Assert.True(
            problems.Count == 0,
            "Compare the key with a parameter, or list a part of the statement and the reason in a class of the module's tests that "
                + $"implements {nameof(IExemptions)}.\n\n{string.Join("\n\n", problems)}"
        );
        Assert.Empty(unused);
        Assert.InRange(routed, 80, int.MaxValue);
    }

    [Fact]
    public async Task Each_statement_of_a_function_names_the_key_that_the_function_is_called_with()
    {
        List<string> problems = [];
        var count = 0;
        await using var connection = await data.OpenConnectionAsync(Cancel);
        foreach (
            var function in await connection.QueryAsync<FunctionStatements.Function>(
                """
                select proname::text as name, prosrc as body, proargnames as parameters,
                    array(select t::regtype::text from unnest(coalesce(proallargtypes, proargtypes::oid[])) with ordinality as a (t, i)
                        order by i) as types
                from pg_proc where pronamespace = 'public'::regnamespace
                """
            )
        )
        {
            foreach (var statement in FunctionStatements.Of(function))
            {
                count++;
                if (await ProblemAsync(statement) is { } problem)
                    problems.Add($"{function.Name}: {problem}\n{statement}");
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n\n", problems));
        Assert.InRange(count, 40, int.MaxValue);
    }

    [Theory]
    [InlineData("select fare from train_tickets where run_id = $1 and id = $2", true)]
    [InlineData("select fare from train_tickets where id = $1", false)]
    [InlineData("select fare from train_tickets where run_id = $1 or id = $2", false)]
    [InlineData("select fare from train_tickets where run_id = any($1)", false)]
    [InlineData("select t.fare from train_tickets t join train_runs r on r.id = t.run_id where r.id = $1", true)]
    [InlineData("select t.fare from train_tickets t join train_runs r on r.number = t.class where r.id = $1", false)]
    [InlineData("update seats set coach = 'A' where run_id = $1", true)]
    [InlineData("update seats set coach = 'A' where seat = $1", false)]
    [InlineData("insert into seats (seat, run_id, class, coach, number) values (1, $1, '', '', 1)", true)]
    [InlineData("insert into seats (seat, run_id, class, coach, number) select 1, r.id, '', '', 1 from train_runs r where r.id = $1", true)]
    [InlineData("insert into seats (seat, run_id, class, coach, number) select 1, r.id, '', '', 1 from train_runs r", false)]
    [InlineData("insert into seats (seat, run_id, class, coach, number) select 1, gen_random_uuid(), '', '', 1", false)]
    [InlineData("select 1 from seats s, train_tickets t where s.run_id = $1 and t.run_id = $1", true)]
    [InlineData("select 1 from seats s, train_tickets t where s.run_id = $1 and t.run_id = $2", false)]
    [InlineData("insert into seats (seat, run_id, class, coach, number) select 1, $2, '', '', 1 from train_runs where id = $1", false)]
    [InlineData("select 1 from sessions s, train_tickets t where s.user_id = $1 and t.run_id = $1", false)]
    [InlineData("select 1 from sessions s, users u where s.user_id = $1 and u.id = $1", true)]
    [InlineData("select min(close) from prices", true)]
    public async Task A_statement_names_the_key_only_if_each_of_its_tables_is_filtered_by_it(string statement, bool found) =>
        Assert.Equal(found, await ProblemAsync(statement) is null);

    // Null if the statement names the key of each table.
    async Task<string?> ProblemAsync(string statement)
    {
        await using var connection = await data.OpenConnectionAsync(Cancel);
        try
        {
            if (statement.Contains(" staged_", StringComparison.Ordinal))
            {
                foreach (var table in StoreStatements.ReadTemporaryTables())
                    await connection.ExecuteAsync(table);
            }

            await connection.ExecuteAsync($"set plan_cache_mode = force_generic_plan; prepare checked as {keys.Typed(statement)}");
            var count = await connection.ExecuteScalarAsync<int>(
                "select cardinality(parameter_types) from pg_prepared_statements where name = 'checked'"
            );
            var arguments = count == 0 ? "" : $"({string.Join(", ", Enumerable.Repeat("null", count))})";
            var json = await connection.ExecuteScalarAsync<string>($"explain (verbose, format json) execute checked{arguments}");
            using var plan = JsonDocument.Parse(json!);
            var nodes = Nodes(plan.RootElement[0].GetProperty("Plan")).ToList();
            var parameters = new HashSet<string>();
            return Scans(nodes, parameters) ?? Insertions(nodes, parameters) ?? Different(nodes, parameters);
        }
        catch (PostgresException e)
        {
            return $"It cannot be planned: {e.MessageText}";
        }
        finally
        {
            await connection.ExecuteAsync("discard all");
        }
    }

    // Each scan of a distributed table compares the key with a parameter, which is added to the parameters in use.
    string? Scans(List<JsonElement> nodes, HashSet<string> parameters)
    {
        foreach (var node in nodes)
        {
            if (
                Text(node, "Relation Name") is { } table
                && keys.Columns.TryGetValue(table, out var key)
                && Text(node, "Node Type") != "ModifyTable"
            )
            {
                var alias = Text(node, "Alias")!;
                if (ParameterOf(node, alias, key) is not { } parameter)
                    return $"{table} is read without its key, {key}.";
                parameters.Add(parameter);
            }
        }

        return null;
    }

    // All tables of a statement have the same key, and are stored together.
    string? Different(List<JsonElement> nodes, HashSet<string> parameters)
    {
        var groups = nodes
            .Select(node => Text(node, "Relation Name"))
            .OfType<string>()
            .Where(keys.Groups.ContainsKey)
            .GroupBy(table => keys.Groups[table])
            .ToList();
        return groups.Count > 1 ? $"{groups[0].First()} and {groups[1].First()} are not stored together."
            : parameters.Count > 1 ? $"The keys of its tables are different parameters: {string.Join(", ", parameters)}."
            : null;
    }

    // The parameter that the key is compared with; null if there is none. The conditions of a scan are joined by AND at the top; a
    // comparison within an OR or NOT is in a parenthesis of its own.
    static string? ParameterOf(JsonElement scan, string alias, string key) =>
        new[] { "Index Cond", "Recheck Cond", "Filter" }
            .SelectMany(name => Conjuncts(Text(scan, name) ?? ""))
            .Select(one => Regex.Match(one, $@"^(?:{Regex.Escape(alias)}\.)?{key} = (\$\d+)$"))
            .FirstOrDefault(match => match.Success)
            ?.Groups[1]
            .Value;

    // The parts of a condition such as '((a = $1) AND (b > 2))'.
    static IEnumerable<string> Conjuncts(string condition)
    {
        var inner = Unwrapped(condition);
        var (depth, start) = (0, 0);
        List<string> parts = [];
        for (var i = 0; i < inner.Length; i++)
        {
            depth +=
                inner[i] == '(' ? 1
                : inner[i] == ')' ? -1
                : 0;
            if (depth != 0)
                continue;
            if (string.CompareOrdinal(inner, i, " OR ", 0, 4) == 0)
                return [];
            if (string.CompareOrdinal(inner, i, " AND ", 0, 5) != 0)
                continue;
            parts.Add(inner[start..i]);
            start = i + 5;
        }

        return parts.Count == 0 ? [inner] : parts.Append(inner[start..]).Select(Unwrapped);
    }

    // Without the parentheses around all of it.
    static string Unwrapped(string text)
    {
        text = text.Trim();
        if (!text.StartsWith('('))
            return text;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth +=
                text[i] == '(' ? 1
                : text[i] == ')' ? -1
                : 0;
            if (depth == 0)
                return i == text.Length - 1 ? Unwrapped(text[1..^1]) : text;
        }

        return text;
    }

    // Each insertion takes the key from a parameter, or from the key of a scan.
    string? Insertions(List<JsonElement> nodes, HashSet<string> parameters)
    {
        foreach (var node in nodes.Where(node => Text(node, "Operation") == "Insert"))
        {
            var table = Text(node, "Relation Name")!;
            if (!keys.Columns.TryGetValue(table, out var key))
                continue;
            var source = node.GetProperty("Plans").EnumerateArray().First(one => Text(one, "Parent Relationship") == "Outer");
            var output = source.GetProperty("Output")[Array.IndexOf(keys.AllColumns[table], key)].GetString()!;
            if (Regex.Match(output, @"^\(?(\$\d+)\)?(::uuid|::text)?$") is { Success: true } parameter)
            {
                parameters.Add(parameter.Groups[1].Value);
                continue;
            }

            var isKey = nodes.Exists(one =>
                Text(one, "Relation Name") is { } read
                && keys.Columns.TryGetValue(read, out var readKey)
                && Text(one, "Alias") is { } alias
                && Text(one, "Node Type") != "ModifyTable"
                && (output.EndsWith($"{alias}.{readKey}", StringComparison.Ordinal) || Passes(nodes, output, $"{alias}.{readKey}"))
            );
            if (!isKey)
                return $"{table} receives its key, {key}, from {output}.";
        }

        return null;
    }

    // A column of a subquery, whose own output is that of the scan.
    static bool Passes(List<JsonElement> nodes, string output, string column) =>
        output.Split('.') is [_, var name]
        && column.EndsWith($".{name}", StringComparison.Ordinal)
        && nodes.Exists(node => node.TryGetProperty("Output", out var list) && list.EnumerateArray().Any(one => one.GetString() == column));

    static IEnumerable<JsonElement> Nodes(JsonElement node)
    {
        yield return node;
        if (!node.TryGetProperty("Plans", out var plans))
            yield break;
        foreach (var plan in plans.EnumerateArray().SelectMany(Nodes))
            yield return plan;
    }

    static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;
}
