namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>
/// What the commands for shards need of Citus, in SQL: two workers, the second of which has all shards. A move goes on by one step with
/// each look at it. A real cluster is used by <c>CitusTests</c>.
/// </summary>
static class CitusStandIn
{
    public const string Create = """
        insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        values (99999, 'citus', 10, 'public'::regnamespace, false, '13.2');

        create table pg_dist_node (groupid int, nodename text, nodeport int, isactive boolean, shouldhaveshards boolean, noderole text);
        insert into pg_dist_node values (0, 'coordinator', 5432, true, false, 'primary'), (1, 'worker-1', 5432, true, true, 'primary'),
            (2, 'worker-2', 5432, true, true, 'primary');
        create table pg_dist_partition (logicalrelid regclass, partmethod "char", colocationid int);
        insert into pg_dist_partition values ('users', 'h', 1);
        create table pg_dist_shard (shardid bigint, logicalrelid regclass, shardminvalue text);
        insert into pg_dist_shard select i, 'users', i from generate_series(1, 4) i;
        create table pg_dist_placement (shardid bigint, groupid int);
        insert into pg_dist_placement select i, 2 from generate_series(1, 4) i;
        create view citus_shards as
            select shardid, logicalrelid as table_name, nodename, nodeport, 8192 as shard_size
            from pg_dist_shard join pg_dist_placement using (shardid) join pg_dist_node using (groupid);
        create view citus_tables as select 'users'::regclass as table_name, 'id' as distribution_column;

        create table rebalances (job_id bigint generated always as identity, drained int[], looks int default 0);
        create function citus_is_coordinator() returns boolean language sql as 'select true';
        create function citus_set_node_property(host text, port int, property text, value boolean) returns void language sql as
            'update pg_dist_node set shouldhaveshards = value where (nodename, nodeport) = (host, port)';
        create function citus_rebalance_start(drain_only boolean) returns bigint language sql as $$
            insert into rebalances (drained)
            select array_agg(groupid) from pg_dist_node
            where not shouldhaveshards and groupid in (select groupid from pg_dist_placement)
            having count(*) > 0
            returning job_id
        $$;
        create function citus_rebalance_status(out job_id bigint, out state text, out details jsonb) returns setof record
            language plpgsql as $$
        begin
            update rebalances set looks = looks + 1;
            update pg_dist_placement p set groupid = 1 from rebalances r where r.looks > 2 and p.groupid = any(r.drained);
            return query select r.job_id, case when r.looks > 2 then 'finished' else 'running' end, null::jsonb from rebalances r;
        end $$;
        """;

    /// <summary>A rebalance that was planned when all nodes could have shards.</summary>
    public const string StartRebalance = "insert into rebalances (drained) values ('{}')";

    /// <summary>Moves nothing from now on, as if there were no other node.</summary>
    public const string MoveNothing =
        "create or replace function citus_rebalance_start(drain_only boolean) returns bigint language sql as 'select null::bigint'";
}
