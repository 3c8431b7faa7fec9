using DbUp.Engine;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class MigrationsTests(PostgresFixture postgres) : IAsyncLifetime
{
    static readonly SqlScript One = new("Test/0001_one.sql", "create table one (id int primary key);\ninsert into one values (1);"),
        Two = new("Test/0002_two.sql", "create table two (id int)");

    string connectionString = "";
    PostgresDatabase database = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        connectionString = await postgres.CreateEmptyDatabaseAsync();
        database = new(connectionString);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public void Migrations_are_numbered_in_the_order_of_their_module()
    {
        var names = Real().Names.ToList();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Matches(@"^[A-Z]\w+/\d{4}_\w+\.sql$", name));
        Assert.Equal(names.Distinct(), names);
        Assert.Equal(
            Modules
                .All.Select(module => module.Name)
                .Where(module => names.Exists(name => name.StartsWith(module + "/", StringComparison.Ordinal))),
            names.Select(name => name.Split('/')[0]).Distinct()
        );
        Assert.Equal(names.GroupBy(name => name.Split('/')[0]).SelectMany(module => module.Order(StringComparer.Ordinal)), names);
    }

    [Fact]
    public async Task Migrating_applies_and_records_all_pending_migrations()
    {
        var migrations = Real();
        Assert.Equal(migrations.Names, await migrations.PendingAsync(Cancel));

        Assert.Equal(migrations.Names, await migrations.MigrateAsync(Cancel));
        Assert.Empty(await migrations.PendingAsync(Cancel));
        Assert.Equal(string.Join(' ', migrations.Names), await JournalAsync());

        Assert.Empty(await migrations.MigrateAsync(Cancel));
        Assert.Equal(string.Join(' ', migrations.Names), await JournalAsync());
    }

    [Fact]
    public async Task Ten_concurrent_runs_apply_each_migration_exactly_once()
    {
        var databases = Enumerable.Range(0, 10).Select(_ => new PostgresDatabase(connectionString)).ToList();
        var applied = await Task.WhenAll(
            databases.Select(one => new Migrations(one, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(Cancel))
        );
        foreach (var one in databases)
            await one.DisposeAsync();

        Assert.Equal(Real().Names, Assert.Single(applied, names => names.Count > 0));
        Assert.Equal(string.Join(' ', Real().Names), await JournalAsync());
    }

    [Fact]
    public async Task Only_new_migrations_are_applied()
    {
        await Of(One).MigrateAsync(Cancel);

        Assert.Equal([Two.Name], await Of(One, Two).PendingAsync(Cancel));
        Assert.Equal([Two.Name], await Of(One, Two).MigrateAsync(Cancel));
        Assert.Equal($"{One.Name} {Two.Name}", await JournalAsync());
        Assert.Equal(1L, await SqlAsync("select count(*) from one"));
    }

    [Fact]
    public async Task A_failed_migration_is_named_and_rolled_back_and_earlier_ones_are_kept()
    {
        var broken = new SqlScript("Test/0002_broken.sql", "create table half (id int);\nselect '{\"a\": {0}'::json;");
        var third = new SqlScript("Test/0003_three.sql", "create table three (id int)");
        var error = await Assert.ThrowsAsync<MigrationException>(() => Of(One, broken, third).MigrateAsync(Cancel));

        Assert.Contains(broken.Name, error.Message, StringComparison.Ordinal);
        Assert.Equal(PostgresErrorCodes.InvalidTextRepresentation, Assert.IsType<PostgresException>(error.InnerException).SqlState);
        Assert.Equal("one,schema_migrations", await TablesAsync());
        Assert.Equal([broken.Name, third.Name], await Of(One, broken, third).PendingAsync(Cancel));

        // After the fix it continues from there: the lock was released.
        var mended = new SqlScript(broken.Name, "create table half (id int)");
        Assert.Equal([broken.Name, third.Name], await Of(One, mended, third).MigrateAsync(Cancel));
    }

    [Fact]
    public async Task An_unknown_newer_migration_in_the_journal_is_ignored()
    {
        await Of(One, Two).MigrateAsync(Cancel);

        Assert.Empty(await Of(One).PendingAsync(Cancel));
        Assert.Empty(await Of(One).MigrateAsync(Cancel));
    }

    [Fact]
    public async Task A_database_message_with_braces_is_not_a_format_string()
    {
        var noisy = new SqlScript("Test/0001_noisy.sql", "do $$ begin raise notice 'a {brace} and {0} and {'; end $$;");
        Assert.Equal([noisy.Name], await Of(noisy).MigrateAsync(Cancel));
    }

    [Fact]
    public async Task Dollar_signs_in_a_migration_are_kept()
    {
        var dollars = new SqlScript(
            "Test/0001_dollars.sql",
            "create table t as select '$name$'::text as a, $body$it's; $here$ $body$::text as b;"
        );
        await Of(dollars).MigrateAsync(Cancel);
        Assert.Equal("$name$|it's; $here$ ", await SqlAsync("select a || '|' || b from t"));
    }

    [Fact]
    public async Task An_index_is_created_concurrently_while_other_processes_wait()
    {
        var index = new SqlScript("Test/0002_index.sql", "-- no transaction\ncreate index concurrently one_id on one (id)");
        await Of(One).MigrateAsync(Cancel);
        Task<IReadOnlyList<string>>[] all;
        await using (var connection = await database.OpenAsync(Cancel))
        await using (var writer = await connection.BeginTransactionAsync(Cancel))
        {
            // The index is not created before the transactions that write to the table have ended.
            await using var write = new NpgsqlCommand("insert into one values (2)", connection, writer);
            await write.ExecuteNonQueryAsync(Cancel);
            all = [.. Enumerable.Range(0, 3).Select(_ => Of(One, index).MigrateAsync(Cancel))];
            await Waiting.UntilAsync(
                "one waits to make the index, two for the lock",
                async () =>
                    await SqlAsync(
                        """
                        select count(*) filter (where query ilike '%pg_try_advisory_lock(%') = 2
                           and count(*) filter (where query ilike '%index concurrently%' and wait_event_type = 'Lock') = 1
                        from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                        """
                    )
                        is true,
                all
            );
            await writer.CommitAsync(Cancel);
        }

        var applied = await Task.WhenAll(all).WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        Assert.Equal([index.Name], Assert.Single(applied, names => names.Count > 0));
        Assert.Equal(true, await SqlAsync("select indisvalid from pg_index where indexrelid = 'one_id'::regclass"));
    }

    [Fact]
    public async Task The_limits_of_the_server_do_not_apply_and_waiting_for_a_lock_is_limited_unless_it_blocks_nobody()
    {
        string[] limits =
        [
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "idle_session_timeout",
            "transaction_timeout",
        ];
        foreach (var limit in limits)
        {
            await SqlAsync(
                $"""
                do $$ begin
                    if exists (select from pg_settings where name = '{limit}') then
                        execute format('alter database %I set {limit} = %L', current_database(), '7s');
                    end if;
                end $$
                """
            );
        }

        string Seen(string table) =>
            $"""
                create table {table} as select name, setting from pg_settings where name in ({string.Join(
                    ", ",
                    limits.Select(n => $"'{n}'")
                )})
                """;

        await Of(new("Test/0001_in.sql", Seen("inside")), new("Test/0002_out.sql", $"-- no transaction\n{Seen("outside")}"))
            .MigrateAsync(Cancel);

        Assert.Equal(0L, await SqlAsync("select count(*) from outside where setting <> '0'"));
        Assert.Equal(
            "lock_timeout=5000",
            await SqlAsync("select string_agg(name || '=' || setting, ' ') from inside where setting <> '0'")
        );
    }

    [Fact]
    public async Task A_migration_that_waits_for_a_lock_lets_others_pass_and_is_applied_when_the_lock_is_free()
    {
        var change = new SqlScript("Test/0002_change.sql", "create table half (id int);\nalter table one add column name text");
        await Of(One).MigrateAsync(Cancel);
        var retries = new TaskCompletionSource();
        var log = new LogLines<Migrations>(line =>
        {
            if (line.Contains("tried again", StringComparison.Ordinal))
                retries.TrySetResult();
        });
        await using var connection = await database.OpenAsync(Cancel);
        await using var import = await connection.BeginTransactionAsync(Cancel);
        await using var read = new NpgsqlCommand("select id from one", connection, import);
        await read.ExecuteNonQueryAsync(Cancel);

        var migrating = new Migrations(database, log, [One, change]) { LockTimeout = TimeSpan.FromMilliseconds(200) }.MigrateAsync(Cancel);
        await retries.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        // The transaction holds its lock throughout, and would block these for as long behind a migration that waits.
        for (var i = 0; i < 3; i++)
            await SqlAsync("select count(*) from one").WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        Assert.False(migrating.IsCompleted);
        Assert.Equal("one,schema_migrations", await TablesAsync());

        await import.CommitAsync(Cancel);
        Assert.Equal([change.Name], await migrating.WaitAsync(TimeSpan.FromMinutes(1), Cancel));
        Assert.Equal("half,one,schema_migrations", await TablesAsync());
    }

    [Fact]
    public async Task A_migration_that_never_gets_its_lock_fails_and_leaves_nothing()
    {
        var change = new SqlScript("Test/0002_change.sql", "create table half (id int);\nalter table one add column name text");
        await Of(One).MigrateAsync(Cancel);
        await using var held = await TableLock.TakeAsync(NpgsqlDataSource.Create(connectionString), "one");
        var migrations = new Migrations(database, NullLogger<Migrations>.Instance, [One, change])
        {
            LockTimeout = TimeSpan.FromMilliseconds(50),
            LockPatience = TimeSpan.FromMilliseconds(200),
        };

        var error = await Assert.ThrowsAsync<MigrationException>(() =>
            migrations.MigrateAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(1), Cancel)
        );

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, Assert.IsType<PostgresException>(error.InnerException).SqlState);
        Assert.Equal("one,schema_migrations", await TablesAsync());
    }

    [Fact]
    public async Task Canceling_while_another_process_migrates_leaves_nothing_behind()
    {
        await using var holder = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await holder.OpenAsync(Cancel);
        await using var hold = new NpgsqlCommand($"select pg_advisory_lock({0x66756e6374696f6e})", holder);
        await hold.ExecuteNonQueryAsync(Cancel);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = Of(One).MigrateAsync(cancel.Token);
        await Waiting.UntilAsync(
            "one waits for the lock",
            async () =>
                await SqlAsync(
                    "select count(*) from pg_stat_activity where datname = current_database() and query ilike "
                        + "'%pg_try_advisory_lock(%' and pid <> pg_backend_pid()"
                )
                    is > 0L,
            waiting
        );

        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Null(await TablesAsync());
    }

    [Fact]
    public async Task A_different_search_path_uses_the_same_journal()
    {
        await SqlAsync("create schema app");
        await using var elsewhere = new PostgresDatabase(
            new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = "app" }.ConnectionString
        );
        var migrations = new Migrations(elsewhere, NullLogger<Migrations>.Instance, [One]);

        Assert.Equal([One.Name], await migrations.MigrateAsync(Cancel));
        Assert.Empty(await migrations.PendingAsync(Cancel));
        Assert.Empty(await migrations.MigrateAsync(Cancel));
        Assert.Equal(1L, await SqlAsync("select count(*) from app.one"));
    }

    [Fact]
    public async Task An_unsupported_Postgres_version_is_refused_with_a_clear_message()
    {
        await using var old = new OldPostgres("14.12");
        await using var elsewhere = new PostgresDatabase(old.ConnectionString);
        var migrations = new Migrations(elsewhere, Modules.All, NullLogger<Migrations>.Instance);

        foreach (var act in new[] { migrations.MigrateAsync, migrations.PendingAsync })
        {
            var error = await Assert.ThrowsAsync<ConfigurationException>(() => act(Cancel));
            Assert.Contains("Postgres 14.12. 15 or later is needed", error.Message, StringComparison.Ordinal);
        }
    }

    Migrations Real() => new(database, Modules.All, NullLogger<Migrations>.Instance);

    Migrations Of(params SqlScript[] scripts) => new(database, NullLogger<Migrations>.Instance, scripts);

    Task<object?> SqlAsync(string sql) => Sql.RunAsync(connectionString, sql);

    Task<object?> JournalAsync() => SqlAsync("select string_agg(scriptname, ' ' order by schemaversionsid) from schema_migrations");

    async Task<string?> TablesAsync() =>
        await SqlAsync("select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'public'") as string;
}
