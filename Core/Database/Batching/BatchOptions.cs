namespace FunctionsApp.Core.Database;

/// <summary>The setting of batched reads, in section <c>Database</c>.</summary>
public sealed class BatchOptions : ISettings
{
    const int Most = 64;

    /// <summary>
    /// How many batches of the same read run at the same time; 0 runs each read as a statement of its own. Null is
    /// <see cref="BatchLimits.DefaultAtOnce"/>, and 0 on Citus, where a batch would query every shard.
    /// </summary>
    public int? BatchedReads { get; set; }

    public void Check() =>
        ConfigurationException.Require(
            BatchedReads is null or (>= 0 and <= Most),
            $"Database__{nameof(BatchedReads)}",
            $"must be 0 (each read is a statement of its own) to {Most}"
        );
}
