namespace FunctionsApp.ShardSkew;

/// <summary>Keys in shards and shards on nodes, as Citus places them.</summary>
static class Placement
{
    /// <summary>
    /// The share of each shard in all requests. A key's shard is that of its hash, which is as good as random for the keys of this app
    /// (UUIDs).
    /// </summary>
    /// <param name="shares">The share of each key.</param>
    /// <param name="shards">How many shards there are (<c>citus.shard_count</c>).</param>
    /// <param name="random">The source of the hashes.</param>
    public static double[] Shards(double[] shares, int shards, Random random)
    {
        var loads = new double[shards];
        foreach (var share in shares)
            loads[random.Next(shards)] += share;
        return loads;
    }

    /// <summary>
    /// How many nodes of equal load would serve as many requests: all requests divided by those of the busiest node. Shards are placed in
    /// turn, by their number and not by their load.
    /// </summary>
    /// <param name="shards">The share of each shard.</param>
    /// <param name="nodes">How many nodes there are.</param>
    public static double EffectiveNodes(double[] shards, int nodes)
    {
        var loads = new double[nodes];
        for (var i = 0; i < shards.Length; i++)
            loads[i % nodes] += shards[i];
        return 1 / loads.Max();
    }
}
