namespace FunctionsApp.Core.Database;

/// <summary>A node of the cluster.</summary>
/// <param name="Active">Whether it is in use.</param>
/// <param name="HoldsShards">Whether shards may be on it: false for a node that is drained.</param>
/// <param name="Shards">The number of its groups of shards; those of colocated tables are one.</param>
/// <param name="Bytes">The size of its shards.</param>
public sealed record ShardNode(string Host, int Port, bool Active, bool HoldsShards, long Shards, long Bytes);
