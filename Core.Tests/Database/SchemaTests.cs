using System.Text.RegularExpressions;
using Dapper;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// The rules that allow the tables to be distributed over shards. A migration declares how in a comment on each table that it creates:
/// <c>distributed by</c> a column, <c>reference table</c> (a copy on every node) or <c>not distributed</c>. Tables of the same key add
/// <c>, colocated with</c> one of them, and functions that are called with a key declare it in the same way.
/// </summary>
public sealed partial class SchemaTests(PostgresFixture postgres) : IAsyncLifetime
{
    // The distribution key of each distributed table.
    readonly Dictionary<string, string> keys = [];
    readonly Dictionary<string, string> groups = [];
    readonly List<string> others = [];
    NpgsqlDataSource data = null!;

    public async ValueTask InitializeAsync()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await new Migrations(database, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(TestContext.Current.CancellationToken);
        data = NpgsqlDataSource.Create(connectionString);
        var tables = await ReadAsync<(string Table, string? Comment)>(
            """
            select relname::text, obj_description(oid, 'pg_class') from pg_class
            where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'
            """
        );
        foreach (var (table, comment) in tables)
        {
            if (comment is "reference table" or "not distributed")
                others.Add(table);
            else if (Distributed().Match(comment ?? "") is { Success: true } match)
            {
                keys.Add(table, match.Groups[1].Value);
                groups.Add(table, match.Groups[2] is { Success: true } with ? with.Value : table);
            }
            else
                Assert.Fail(
                    $"""The migration that creates {table} must declare how it is distributed: comment on table {table} is """
                        + "'distributed by <column>', 'reference table' or 'not distributed'."
                );
        }
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    [Fact]
    public async Task Every_distribution_key_is_a_not_null_column()
    {
        var tables = await ReadAsync<(string Table, string Column)>(
            "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and "
                + "a.attnotnull where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace"
        );

        Assert.Equal("run_id", keys["train_tickets"]);
        Assert.All(keys, key => Assert.Contains((key.Key, key.Value), tables));
    }

    [Fact]
    public async Task Every_table_has_a_primary_key_and_unique_indexes_include_the_distribution_key()
    {
        var indexes = await ReadAsync<(string Table, string Name, bool Primary, string[] Columns)>(
            """
            select t.relname::text, i.relname::text, x.indisprimary,
                   array(select a.attname::text from pg_attribute a where a.attrelid = t.oid and a.attnum = any(x.indkey::int[]))
            from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
            where t.relnamespace = 'public'::regnamespace and t.relname <> 'schema_migrations' and (x.indisunique or x.indisexclusion)
            """
        );

        Assert.Equal(keys.Keys.Concat(others).Order(), indexes.Where(index => index.Primary).Select(index => index.Table).Order());
        Assert.DoesNotContain(indexes, index => keys.TryGetValue(index.Table, out var key) && !index.Columns.Contains(key));
    }

    [Fact]
    public async Task Functions_declare_the_parameter_that_is_the_key_and_a_table_with_it()
    {
        var functions = await ReadAsync<(string Name, string? Comment, string[] Parameters)>(
            "select proname::text, obj_description(oid, 'pg_proc'), coalesce(proargnames, '{}') from pg_proc "
                + "where pronamespace = 'public'::regnamespace"
        );

        Assert.NotEmpty(functions);
        Assert.All(
            functions,
            function =>
            {
                var match = Distributed().Match(function.Comment ?? "");
                Assert.True(match.Success, $"{function.Name} does not declare how it is distributed.");
                Assert.Contains(match.Groups[1].Value, function.Parameters);
                Assert.Contains(match.Groups[2].Value, groups.Values);
            }
        );
    }

    [Fact]
    public void Tables_are_colocated_with_the_first_table_of_their_key()
    {
        Assert.Equal("train_runs", groups["train_tickets"]);
        Assert.All(groups, group => Assert.Equal(group.Value, groups[group.Value]));
    }

    [Fact]
    public async Task Foreign_keys_connect_only_tables_with_the_same_distribution_key()
    {
        var foreign = await ReadAsync<(string From, string To, string[] Columns, string[] Others)>(
            """
            select f.conrelid::regclass::text, f.confrelid::regclass::text,
                   array(select a.attname::text from unnest(f.conkey) with ordinality k (n, i)
                       join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.n order by k.i),
                   array(select a.attname::text from unnest(f.confkey) with ordinality k (n, i)
                       join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.n order by k.i)
            from pg_constraint f where f.contype = 'f'
            """
        );

        Assert.DoesNotContain(
            foreign,
            one =>
                !others.Contains(one.To)
                && !(
                    keys.TryGetValue(one.From, out var from)
                    && keys.TryGetValue(one.To, out var to)
                    && one.Columns.Zip(one.Others).Contains((from, to))
                )
        );
    }

    [Fact]
    public async Task Schema_has_no_sequences_triggers_or_timestamps_without_time_zone()
    {
        Assert.Empty(
            await ReadAsync<string>(
                "select sequencename::text from pg_sequences where schemaname = 'public' and sequencename not like 'schema_migrations%'"
            )
        );
        Assert.Empty(await ReadAsync<string>("select tgname::text from pg_trigger where not tgisinternal"));
        Assert.Empty(
            await ReadAsync<string>(
                """
                select table_name || '.' || column_name from information_schema.columns
                where table_schema = 'public' and table_name <> 'schema_migrations'
                  and (is_identity = 'YES' or data_type in ('timestamp without time zone', 'money', 'real'))
                """
            )
        );
    }

    [Fact]
    public async Task Only_exempt_columns_have_the_type_double_precision() =>
        // A module lists its own in a class that implements IExemptions.
        Assert.Equal(
            IExemptions.OfAll(one => one.DoublePrecision).Select(one => one.Subject).Order(),
            (
                await ReadAsync<string>(
                    """
                    select table_name || '.' || column_name from information_schema.columns
                    where table_schema = 'public' and table_name <> 'schema_migrations' and data_type = 'double precision'
                    """
                )
            ).Order()
        );

    async Task<List<T>> ReadAsync<T>(string sql)
    {
        await using var connection = await data.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return [.. await connection.QueryAsync<T>(sql)];
    }

    [GeneratedRegex(@"^distributed by (\w+)(?:, colocated with (\w+))?\z")]
    private static partial Regex Distributed();
}
