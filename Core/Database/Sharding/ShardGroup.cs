namespace FunctionsApp.Core.Database;

/// <summary>The tables of one key.</summary>
/// <param name="Table">The table that the others are colocated with.</param>
/// <param name="Tables">The number of tables.</param>
/// <param name="Shards">The number of shards of each table.</param>
/// <param name="Bytes">The size of all shards.</param>
/// <param name="LargestBytes">The size of the largest shard, of all tables together.</param>
/// <param name="LargestTable">The largest of the tables.</param>
/// <param name="LargestTableBytes">Its size.</param>
/// <param name="Key">The key of the largest table.</param>
public sealed record ShardGroup(
    string Table,
    long Tables,
    long Shards,
    long Bytes,
    long LargestBytes,
    string LargestTable,
    long LargestTableBytes,
    string Key
)
{
    /// <summary>The size of the largest shard divided by the mean; 1 if all are equal.</summary>
    public double Skew => Bytes == 0 ? 1 : (double)LargestBytes * Shards / Bytes;
}

/// <summary>A key with many rows.</summary>
/// <param name="Rows">The number of its rows in the group's largest table; an estimate if the table was sampled.</param>
public sealed record LargeKey(string Key, long Rows);
