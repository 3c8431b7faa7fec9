using Dapper;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The rules that let the tables be distributed over shards.</summary>
public sealed class SchemaTests(PostgresFixture postgres) : IAsyncLifetime
{
    /// <summary>Each table's distribution key. A new table has to be named here.</summary>
    static readonly Dictionary<string, string> Keys = new()
    {
        ["identifiers"] = "identifier",
        ["users"] = "id",
        ["sessions"] = "user_id",
        ["account_events"] = "user_id",
        ["erasures"] = "user_id",
        ["login_failures"] = "subject",
        ["signing_keys"] = "kid",
        ["keys"] = "kid",
        ["train_runs"] = "id",
        ["train_stops"] = "run_id",
        ["train_classes"] = "run_id",
        ["seats"] = "run_id",
        ["free_segments"] = "run_id",
        ["train_tickets"] = "run_id",
        ["train_run_keys"] = "user_id",
        ["parking_lots"] = "id",
        ["parking_rates"] = "lot_id",
        ["parking_spots"] = "lot_id",
        ["parking_occupancy"] = "lot_id",
        ["parking_tickets"] = "lot_id",
        ["parking_lot_keys"] = "user_id",
        ["portfolios"] = "user_id",
        ["instruments"] = "user_id",
        ["instrument_names"] = "user_id",
        ["ledger_entries"] = "user_id",
        ["ledger_keys"] = "user_id",
        ["position_versions"] = "user_id",
        ["lots"] = "user_id",
        ["cash_days"] = "user_id",
        ["cash_months"] = "user_id",
        ["external_flows"] = "user_id",
        ["prices"] = "symbol",
        ["price_blocks"] = "symbol",
        ["price_versions"] = "one",
    };

    // One row for the whole service says which key is current, so these are not distributed; prices are the same for all, and are a
    // reference table.
    static readonly string[] Local = ["signing_keys", "keys", "prices", "price_blocks", "price_versions"];

    NpgsqlDataSource data = null!;

    public async ValueTask InitializeAsync()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await new Migrations(database, NullLogger<Migrations>.Instance).MigrateAsync(TestContext.Current.CancellationToken);
        data = NpgsqlDataSource.Create(connectionString);
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    [Fact]
    public async Task Every_table_has_a_distribution_key_that_may_not_be_null()
    {
        var tables = await ReadAsync<(string Table, string Column)>(
            "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and "
                + "a.attnotnull where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace"
        );

        Assert.Equal(Keys.Keys.Order(), tables.Select(one => one.Table).Distinct().Where(table => table != "schema_migrations").Order());
        Assert.All(Keys, key => Assert.Contains((key.Key, key.Value), tables));
    }

    [Fact]
    public async Task Every_table_has_a_primary_key_and_every_unique_index_holds_the_distribution_key()
    {
        var indexes = await ReadAsync<(string Table, string Name, bool Primary, string[] Columns)>(
            """
            select t.relname::text, i.relname::text, x.indisprimary,
                   array(select a.attname::text from pg_attribute a where a.attrelid = t.oid and a.attnum = any(x.indkey::int[]))
            from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
            where t.relnamespace = 'public'::regnamespace and t.relname <> 'schema_migrations' and (x.indisunique or x.indisexclusion)
            """
        );

        Assert.Equal(Keys.Keys.Order(), indexes.Where(index => index.Primary).Select(index => index.Table).Order());
        Assert.DoesNotContain(indexes, index => !Local.Contains(index.Table) && !index.Columns.Contains(Keys[index.Table]));
    }

    [Fact]
    public async Task Foreign_keys_are_between_tables_of_the_same_key_only()
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

        Assert.DoesNotContain(foreign, one => !one.Columns.Zip(one.Others).Contains((Keys[one.From], Keys[one.To])));
    }

    [Fact]
    public async Task There_are_no_sequences_no_triggers_and_no_times_without_a_zone()
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
                  and (is_identity = 'YES' or data_type in ('timestamp without time zone', 'money', 'real')
                      or (data_type = 'double precision'
                      and table_name || '.' || column_name not in ('login_failures.level', 'external_flows.growth')))
                """
            )
        );
    }

    async Task<List<T>> ReadAsync<T>(string sql)
    {
        await using var connection = await data.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return [.. await connection.QueryAsync<T>(sql)];
    }
}
