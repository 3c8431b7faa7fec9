namespace FunctionsApp.Core.Database;

/// <summary>A node of the cluster.</summary>
/// <param name="Active">Whether it is in use.</param>
/// <param name="HoldsShards">Whether shards may be on it: false for a node that is drained or being
/// drained.</param>
/// <param name="Shards">The number of its groups of shards; those of colocated tables are one.</param>
/// <param name="Bytes">The size of its shards.</param>
public sealed record ShardNode(string Host, int Port, bool Active, bool HoldsShards, long Shards, long Bytes)
{
    /// <summary>What an operator should know of it; null if it is in use like any other.</summary>
    public string? State =>
        this switch
        {
            { Active: false } => "not active",
            { HoldsShards: true } => null,
            { Shards: 0 } => "drained",
            _ => $"draining, {Count(Shards)} left",
        };

    /// <summary>A number of shards, as it is printed.</summary>
    public static string Count(long shards) => shards == 1 ? "1 shard" : $"{shards} shards";
}
