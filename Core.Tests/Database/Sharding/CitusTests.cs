using System.Text.RegularExpressions;
using Dapper;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>On a real Citus cluster: see <see cref="CitusDatabase"/>. Skipped where there is none.</summary>
public sealed partial class CitusTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_full_of_data_is_distributed_once_and_continues_after_an_interruption()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.ConnectionString);
        Assert.NotEmpty(await Of(database, ShardingMode.None).MigrateAsync(Cancel));
        await using var connection = await database.OpenForLongWorkAsync(Cancel);
        await connection.ExecuteAsync(
            """
            insert into users (id, username, password_hash)
            select ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'user ' || i, '' from generate_series(1, 500) i;
            insert into account_events (user_id, id, type) select id, id, 'test' from users;
            insert into prices (symbol, date, close, version) values ('ACME', '2020-01-01', 1, 1)
            """
        );
        // An earlier run ended after this table.
        await connection.ExecuteAsync("select create_distributed_table('users', 'id', colocate_with => 'none')");

        var applied = await Of(database, ShardingMode.Citus).MigrateAsync(Cancel);

        Assert.DoesNotContain("distribution of users", applied);
        Assert.Contains("distribution of account_events", applied);
        Assert.Contains("distribution of buy_train_seat_1", applied);
        Assert.Empty(await Of(database, ShardingMode.Citus).MigrateAsync(Cancel));
        Assert.Empty(await Of(database, ShardingMode.Citus).PendingAsync(Cancel));
        if (PlanCaching.MayKeepPlans((await connection.ExecuteScalarAsync<string>("select citus_version()"))!))
        {
            await connection.ExecuteAsync("alter function end_sessions_1 reset plan_cache_mode");
            Assert.Equal(["plan cache mode of end_sessions_1"], await Of(database, ShardingMode.Citus).PendingAsync(Cancel));
            Assert.Equal(["plan cache mode of end_sessions_1"], await Of(database, ShardingMode.Citus).MigrateAsync(Cancel));
        }

        Assert.Equal(
            500,
            await connection.ExecuteScalarAsync<int>("select count(*) from users u join account_events e on e.user_id = u.id")
        );
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select count(*) from prices"));
        Assert.Equal(
            0,
            await connection.ExecuteScalarAsync<int>(
                "select count(*) from citus_tables where citus_table_type = 'distributed' and pg_relation_size(table_name) > 0 "
                    + "and table_name::text <> 'users'"
            )
        );
        // One for each table that declares no other to be colocated with.
        Assert.Equal(
            await connection.ExecuteScalarAsync<int>(
                "select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace "
                    + "and obj_description(oid, 'pg_class') ~ '^distributed by \\w+$'"
            ),
            await connection.ExecuteScalarAsync<int>("select count(distinct colocationid) from pg_dist_partition where partmethod = 'h'")
        );
    }

    [Fact]
    public async Task Each_statement_that_names_its_key_is_one_task_of_one_node()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.ConnectionString);
        await Of(database, ShardingMode.Citus).MigrateAsync(Cancel);
        await using var connection = new NpgsqlConnection(citus.ConnectionString);
        await connection.OpenAsync(Cancel);
        var keys = await DistributionKeys.ReadAsync(connection);
        foreach (var table in StoreStatements.ReadTemporaryTables())
            await connection.ExecuteAsync(table);
        List<string> problems = [];
        var count = 0;
        foreach (var statement in StoreStatements.Read())
        {
            // Trades and prices are imported through temporary tables, which are on the coordinator.
            if (
                DistributionKeys.ExceptionOf(statement) is not null
                || statement.Contains(" staged_", StringComparison.Ordinal)
                || !keys.IsOfDistributedTable(statement)
            )
                continue;
            await connection.ExecuteAsync($"prepare checked as {keys.Typed(statement)}");
            var types = await connection.QuerySingleAsync<string[]>(
                "select parameter_types::text[] from pg_prepared_statements where name = 'checked'"
            );
            var values = types.Length == 0 ? "" : $"({string.Join(", ", types.Select(Value))})";
            var plan = string.Join('\n', await connection.QueryAsync<string>($"explain (costs off) execute checked{values}"));
            await connection.ExecuteAsync("deallocate checked");
            var tasks = Tasks().Matches(plan).Select(match => match.Groups[1].Value).ToList();
            if (tasks is ["1"])
                count++;
            else
                problems.Add($"{statement}\n{plan}");
        }

        Assert.True(problems.Count == 0, string.Join("\n\n", problems));
        Assert.InRange(count, 80, int.MaxValue);
    }

    [Fact]
    public async Task Shards_are_moved_to_a_node_that_may_hold_them_again()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.ConnectionString);
        await Of(database, ShardingMode.Citus).MigrateAsync(Cancel);
        var store = new ShardStore(database);
        var nodes = await store.ReadNodesAsync(Cancel);

        Assert.InRange(nodes.Count, 2, int.MaxValue);
        Assert.All(nodes, node => Assert.True(node is { Active: true, HoldsShards: true, Shards: > 0 }, node.ToString()));
        Assert.Contains(await store.ReadGroupsAsync(Cancel), group => group is { Table: "train_runs", Tables: 6, Shards: 32 });
        Assert.False(await store.StartRebalanceAsync(drainOnly: false, Cancel));

        var (host, port, shards) = (nodes[^1].Host, nodes[^1].Port, nodes[^1].Shards);
        await store.SetHoldsShardsAsync(host, port, holdsShards: false, Cancel);
        Assert.Equal($"draining, {shards} shards left", (await store.ReadNodesAsync(Cancel)).Single(IsChanged).State);
        await store.SetHoldsShardsAsync(host, port, holdsShards: true, Cancel);
        Assert.Null((await store.ReadNodesAsync(Cancel)).Single(IsChanged).State);

        bool IsChanged(ShardNode node) => (node.Host, node.Port) == (host, port);
    }

    [Fact]
    public async Task Migrating_on_a_worker_is_refused()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.WorkerConnectionString);

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => Of(database, ShardingMode.Citus).MigrateAsync(Cancel));

        Assert.Contains("coordinator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_node_does_not_respond_the_ended_sessions_of_the_others_are_known()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.ConnectionString);
        await Of(database, ShardingMode.Citus).MigrateAsync(Cancel);
        var port = new NpgsqlConnectionStringBuilder(citus.WorkerConnectionString).Port;
        var (onIt, elsewhere) = (await UserAsync(true), await UserAsync(false));
        var revoked = new RevokedSessions(new(database), new(), TimeProvider.System);

        await citus.RefuseConnectionsToWorkerAsync();
        var session = await EndSessionAsync(elsewhere);
        await Assert.ThrowsAsync<PostgresException>(() => revoked.RunOnceAsync(Cancel));

        Assert.True(revoked.Contains(session));
        Assert.True(revoked.IsCurrentFor(elsewhere));
        Assert.False(revoked.IsCurrentFor(onIt));
        Assert.True(revoked.IsPartlyCurrent);
        Assert.False(revoked.IsCurrent);

        async Task<Guid> UserAsync(bool onWorker)
        {
            await using var connection = await database.OpenAsync(Cancel);
            return await connection.QuerySingleAsync<Guid>(
                """
                select id from (select gen_random_uuid() as id from generate_series(1, 1000)) as ids
                where @onWorker = exists (
                    select from pg_dist_placement join pg_dist_node n using (groupid)
                    where shardid = get_shard_id_for_distribution_column('sessions', id) and n.nodeport = @port)
                limit 1
                """,
                new { onWorker, port }
            );
        }

        async Task<Guid> EndSessionAsync(Guid user)
        {
            await using var connection = await database.OpenAsync(Cancel);
            return await connection.QuerySingleAsync<Guid>(
                """
                insert into sessions (user_id, id, family_hash, token_hash, expires_at, ended_at)
                values (@user, gen_random_uuid(), '', '', now(), now()) returning id
                """,
                new { user }
            );
        }
    }

    [Fact]
    public async Task A_function_that_is_called_often_does_not_use_up_the_memory_of_its_node()
    {
        await using var citus = await CitusDatabase.CreateAsync();
        await using var database = new PostgresDatabase(citus.ConnectionString);
        await Of(database, ShardingMode.Citus).MigrateAsync(Cancel);
        await using var coordinator = new NpgsqlConnection(citus.ConnectionString);
        var run = Guid.NewGuid();
        while (
            !await coordinator.ExecuteScalarAsync<bool>(
                """
                select exists (
                    select from pg_dist_placement join pg_dist_node n using (groupid)
                    where shardid = get_shard_id_for_distribution_column('train_runs', @run) and n.nodeport = @port)
                """,
                new { run, port = new NpgsqlConnectionStringBuilder(citus.WorkerConnectionString).Port }
            )
        )
            run = Guid.NewGuid();
        await coordinator.ExecuteAsync(
            """
            select add_train_run_1(@run, '1', 'One', '2030-01-01', array['A', 'B'], array['a', 'b'], array[null, now()], array[now(), null],
                array[0.0, 1.0], array['second'], array[1.0], array['S'], array['second'], array[700])
            """,
            new { run }
        );
        await using var node = new NpgsqlConnection(citus.WorkerConnectionString);
        await node.OpenAsync(Cancel);
        await BuyAsync(100);
        var before = await MemoryAsync();

        await BuyAsync(500);

        // About 170 KB each if each call leaves its plans.
        Assert.InRange(await MemoryAsync() - before, -10_000_000, 5_000_000);

        async Task BuyAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var seats = await node.ExecuteScalarAsync<short[]?>(
                    "select _seats from buy_train_seat_1(@run, 'second', 0::smallint, 1::smallint, @id, @id, array['A'], 1, null)",
                    new { run, id = Guid.NewGuid() }
                );
                Assert.Single(seats!);
            }
        }

        Task<long> MemoryAsync() => node.ExecuteScalarAsync<long>("select sum(total_bytes)::bigint from pg_backend_memory_contexts");
    }

    static Migrations Of(PostgresDatabase database, ShardingMode sharding) =>
        new(database, Modules.All, NullLogger<Migrations>.Instance, sharding);

    // A value of a type: of a key, one that belongs to a shard.
    static string Value(string type) =>
        type.EndsWith("[]", StringComparison.Ordinal)
            ? $"'{{}}'::{type}"
            : type switch
            {
                "uuid" => $"'{Guid.NewGuid()}'",
                "text" => "'a'",
                "boolean" => "false",
                "interval" => "'1 hour'",
                "bytea" => @"'\x00'",
                "date" => "'2020-01-01'",
                "timestamp with time zone" => "'2020-01-01Z'",
                _ => "1",
            };

    [GeneratedRegex(@"Task Count: (\d+)")]
    private static partial Regex Tasks();
}
