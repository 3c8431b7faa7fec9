using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Reads from the nodes of a Citus cluster one after the other, so that those that respond can be read while another one does not: a
/// statement for all shards fails as a whole.
/// </summary>
static class NodeReads
{
    // Only what the coordinator has itself.
    const string Nodes = """
        select n.nodename as host, n.nodeport as port, array_agg(s.shardminvalue::integer) as minimums,
            array_agg(s.shardmaxvalue::integer) as maximums,
            format(
                'select string_agg(id::text, '' '') from (%s) as found',
                string_agg(format('select id from %s where %s', shard_name(s.logicalrelid, s.shardid), @condition), ' union all ')
            ) as statement
        from pg_dist_shard s
        join pg_dist_placement p using (shardid)
        join pg_dist_node n on n.groupid = p.groupid and n.noderole = 'primary'
        where s.logicalrelid = @table::regclass and s.shardminvalue is not null
        group by n.nodename, n.nodeport
        order by n.nodename, n.nodeport
        """;

    const string Run = "select success, result from master_run_on_worker(array[@host], array[@port], array[@Statement], false)";

    // Dapper sets arrays as properties, but does not pass them to a constructor.
    sealed record NodeRow
    {
        public required string Host { get; init; }

        public required int Port { get; init; }

        public required int[] Minimums { get; init; }

        public required int[] Maximums { get; init; }

        public required string Statement { get; init; }
    }

    /// <summary>What a node responded.</summary>
    /// <param name="Shards">The shards of the table on the node.</param>
    /// <param name="Ids">Null if the node does not respond.</param>
    public sealed record NodeResult(IReadOnlyList<ShardRange> Shards, IReadOnlyList<Guid>? Ids);

    /// <summary>Reads ids from each node that has shards of a table.</summary>
    /// <param name="connection">To the coordinator.</param>
    /// <param name="table">The table.</param>
    /// <param name="condition">Which rows: SQL without parameters.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Empty if the table is not distributed.</returns>
    public static async Task<IReadOnlyList<NodeResult>> ReadIdsAsync(
        NpgsqlConnection connection,
        string table,
        string condition,
        CancellationToken cancellationToken
    )
    {
        if (!await Distribution.IsCitusAsync(connection, cancellationToken))
            return [];
        List<NodeResult> results = [];
        foreach (
            var node in await connection.QueryAsync<NodeRow>(new(Nodes, new { table, condition }, cancellationToken: cancellationToken))
        )
        {
            var shards = node.Minimums.Zip(node.Maximums, (minimum, maximum) => new ShardRange(minimum, maximum)).ToList();
            results.Add(new(shards, await ReadNodeAsync(connection, node, cancellationToken)));
        }

        return results;
    }

    static async Task<IReadOnlyList<Guid>?> ReadNodeAsync(NpgsqlConnection connection, NodeRow node, CancellationToken cancellationToken)
    {
        try
        {
            var (success, result) = await connection.QuerySingleAsync<(bool, string?)>(
                new(
                    Run,
                    new
                    {
                        node.Host,
                        node.Port,
                        node.Statement,
                    },
                    cancellationToken: cancellationToken
                )
            );
            if (!success)
                return null;
            return string.IsNullOrEmpty(result) ? [] : [.. result.Split(' ').Select(Guid.Parse)];
        }
        catch (PostgresException e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable or DatabaseFailureKind.Busy })
        {
            // The time limit of a statement: the node is silent.
            return null;
        }
    }
}
