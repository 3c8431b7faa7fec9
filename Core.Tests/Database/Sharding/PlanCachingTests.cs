using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class PlanCachingTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("Citus 13.1.1 on x86_64-pc-linux-gnu", false)]
    [InlineData("Citus 13.2.0 on x86_64-pc-linux-gnu", false)]
    [InlineData("Citus 13.2.1 on x86_64-pc-linux-gnu, compiled by gcc", true)]
    [InlineData("Citus 14.0.0 on x86_64-pc-linux-gnu", true)]
    [InlineData("Citus 14.1devel on x86_64-pc-linux-gnu", true)]
    [InlineData("Citus of an unknown form", true)]
    public void Citus_versions_that_may_keep_plans_are_recognized(string version, bool expected) =>
        Assert.Equal(expected, PlanCaching.MayKeepPlans(version));

    [Fact]
    public async Task A_distributed_function_that_is_not_protected_is_pending()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        // What the queries need of Citus.
        await Sql.RunAsync(
            connectionString,
            """
            create function buy(int) returns int language sql as 'select $1';
            create function local(int) returns int language sql as 'select $1';
            create function chosen(int) returns int language sql set plan_cache_mode = auto as 'select $1';
            create table pg_dist_object (classid oid, objid oid, distribution_argument_index int);
            insert into pg_dist_object values ('pg_proc'::regclass, 'buy'::regproc, 0), ('pg_proc'::regclass, 'local'::regproc, null),
                ('pg_proc'::regclass, 'chosen'::regproc, 0);
            create function citus_version() returns text language sql as $$select 'Citus 13.1.0 on Linux'$$
            """
        );
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.Empty(await PlanCaching.PendingAsync(connection, TestContext.Current.CancellationToken));

        // After an upgrade.
        await Sql.RunAsync(
            connectionString,
            "create or replace function citus_version() returns text language sql as $$select 'Citus 13.2.2 on Linux'$$"
        );
        Assert.Equal(["plan cache mode of buy"], await PlanCaching.PendingAsync(connection, TestContext.Current.CancellationToken));
        Assert.Equal(["plan cache mode of buy"], await PlanCaching.ProtectAsync(connection, TestContext.Current.CancellationToken));
        Assert.Empty(await PlanCaching.PendingAsync(connection, TestContext.Current.CancellationToken));
    }
}
