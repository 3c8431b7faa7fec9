using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>The SQL with which an operator looks at the nodes of a Citus cluster and changes them.</summary>
public sealed class ShardStore(PostgresDatabase database)
{
    // The number of the largest keys that are read.
    const int LargestKeys = 3;

    // How much of a large table is read to find its largest keys.
    const long SampleBytes = 64 << 20;

    const string Nodes = """
        select n.nodename as host, n.nodeport as port, n.isactive as active, n.shouldhaveshards as holds_shards,
            coalesce(s.shards, 0) as shards, coalesce(s.bytes, 0)::bigint as bytes
        from pg_dist_node n
        left join (
            select p.groupid, count(distinct (t.colocationid, h.shardminvalue)) as shards, sum(c.shard_size) as bytes
            from pg_dist_placement p
            join pg_dist_shard h using (shardid)
            join pg_dist_partition t using (logicalrelid)
            left join (select shardid, nodename, nodeport, max(shard_size) as shard_size from citus_shards group by 1, 2, 3) c
                on c.shardid = p.shardid and (c.nodename, c.nodeport) = (
                    select m.nodename, m.nodeport from pg_dist_node m where m.groupid = p.groupid and m.noderole = 'primary'
                )
            where t.partmethod = 'h'
            group by p.groupid
        ) s on s.groupid = n.groupid
        where n.noderole = 'primary' and (n.groupid > 0 or n.shouldhaveshards or s.shards > 0)
        order by n.nodename, n.nodeport
        """;

    // The size of a shard is that of all tables of the group. The table that others are colocated with is the first that was distributed.
    const string Groups = """
        with shard as (
            select t.colocationid, h.shardminvalue, c.table_name, c.shard_size
            from citus_shards c join pg_dist_shard h using (shardid) join pg_dist_partition t using (logicalrelid)
            where t.partmethod = 'h'
        ), relation as (
            select colocationid, table_name, sum(shard_size) as bytes,
                row_number() over (partition by colocationid order by sum(shard_size) desc, table_name::text) as place
            from shard group by 1, 2
        ), range as (
            select colocationid, shardminvalue, sum(shard_size) as bytes from shard group by 1, 2
        )
        select (select h.logicalrelid::text from pg_dist_shard h join pg_dist_partition t using (logicalrelid)
                where t.colocationid = g.colocationid order by h.shardid limit 1) as table,
            (select count(*) from relation r where r.colocationid = g.colocationid) as tables,
            count(*) as shards, sum(g.bytes)::bigint as bytes, max(g.bytes)::bigint as largest_bytes,
            l.table_name::text as largest_table, l.bytes::bigint as largest_table_bytes,
            (select distribution_column from citus_tables c where c.table_name = l.table_name) as key
        from range g join relation l on l.colocationid = g.colocationid and l.place = 1
        group by g.colocationid, l.table_name, l.bytes
        order by 4 desc, 1
        """;

    /// <summary>The nodes that have shards or may have them.</summary>
    /// <exception cref="ConfigurationException">The database is not the coordinator of a Citus cluster.</exception>
    public Task<IReadOnlyList<ShardNode>> ReadNodesAsync(CancellationToken cancellationToken) =>
        QueryAsync<ShardNode>(Nodes, null, cancellationToken);

    /// <summary>The groups of colocated tables, the largest first.</summary>
    /// <inheritdoc cref="ReadNodesAsync" path="/exception"/>
    public Task<IReadOnlyList<ShardGroup>> ReadGroupsAsync(CancellationToken cancellationToken) =>
        QueryAsync<ShardGroup>(Groups, null, cancellationToken);

    /// <summary>The keys with the most rows in the largest table of a group. Of a large table a sample is read.</summary>
    /// <inheritdoc cref="ReadNodesAsync" path="/exception"/>
    public Task<IReadOnlyList<LargeKey>> ReadLargestKeysAsync(ShardGroup group, CancellationToken cancellationToken)
    {
        var percent = Math.Min(100, 100.0 * SampleBytes / Math.Max(1, group.LargestTableBytes));
        var sample = percent < 100 ? FormattableString.Invariant($"tablesample system ({percent:0.######})") : "";
        return QueryAsync<LargeKey>(
            // The names are those of a table and column of the schema, as Citus reports them.
            $"""
            select {group.Key}::text as key, (count(*) * 100 / @percent)::bigint as rows from {group.LargestTable} {sample}
            group by {group.Key} order by count(*) desc, 1 limit @LargestKeys
            """,
            new { percent, LargestKeys },
            cancellationToken
        );
    }

    /// <summary>Adds a node. Nothing happens if it was added before.</summary>
    /// <exception cref="ConfigurationException">The database is not the coordinator of a Citus cluster, the node cannot be reached, or the
    /// user may not do it.</exception>
    public Task AddNodeAsync(string host, int port, CancellationToken cancellationToken) =>
        ManageAsync("select citus_add_node(@host, @port)", new { host, port }, cancellationToken);

    /// <summary>Decides whether shards may be on a node.</summary>
    /// <inheritdoc cref="AddNodeAsync" path="/exception"/>
    public Task SetHoldsShardsAsync(string host, int port, bool holdsShards, CancellationToken cancellationToken) =>
        ManageAsync(
            "select citus_set_node_property(@host, @port, 'shouldhaveshards', @holdsShards)",
            new
            {
                host,
                port,
                holdsShards,
            },
            cancellationToken
        );

    /// <summary>Starts a background rebalance so that all nodes hold about the same amount of data.</summary>
    /// <param name="drainOnly">Whether to move only those that are on nodes that must not hold shards.</param>
    /// <returns>False if there is nothing to move.</returns>
    /// <inheritdoc cref="AddNodeAsync" path="/exception"/>
    public async Task<bool> StartRebalanceAsync(bool drainOnly, CancellationToken cancellationToken) =>
        await ManageAsync("select citus_rebalance_start(drain_only => @drainOnly)", new { drainOnly }, cancellationToken) is long and > 0;

    /// <summary>Stops the rebalance that is running. Shards that were moved stay where they are.</summary>
    /// <inheritdoc cref="AddNodeAsync" path="/exception"/>
    public Task StopRebalanceAsync(CancellationToken cancellationToken) =>
        ManageAsync("select citus_rebalance_stop()", null, cancellationToken);

    /// <summary>The progress of the last rebalance; null if there was none.</summary>
    /// <inheritdoc cref="ReadNodesAsync" path="/exception"/>
    public async Task<ShardProgress?> ReadProgressAsync(CancellationToken cancellationToken)
    {
        var rows = await QueryAsync<(long Job, string State, string? Details)>(
            "select job_id, state::text, details::text from citus_rebalance_status() order by job_id desc limit 1",
            null,
            cancellationToken
        );
        return rows.Count == 0 ? null : ShardProgress.Of(rows[0].Job, rows[0].State, rows[0].Details);
    }

    async Task<IReadOnlyList<T>> QueryAsync<T>(string statement, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await Distribution.RequireCitusAsync(connection, cancellationToken);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(statement, parameters, cancellationToken: cancellationToken))];
    }

    async Task<object?> ManageAsync(string statement, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await Distribution.RequireCitusAsync(connection, cancellationToken);
        try
        {
            return await connection.ExecuteScalarAsync(new CommandDefinition(statement, parameters, cancellationToken: cancellationToken));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new ConfigurationException(
                $"The user in ConnectionStrings__Postgres may not do this: {e.MessageText}. Run the command with a connection string of a "
                    + "superuser, or of a user who may manage the nodes.",
                e
            );
        }
        catch (PostgresException e)
        {
            throw new ConfigurationException($"Citus refused: {e.MessageText}{(e.Detail is { } detail ? $" {detail}" : "")}", e);
        }
    }
}
