namespace FunctionsApp.Core.Database;

/// <summary>The keys of a shard: those whose hash (<see cref="UuidHash"/>) is between two values, both inclusive.</summary>
public readonly record struct ShardRange(int Minimum, int Maximum)
{
    /// <summary>Whether a key belongs to the shard.</summary>
    public bool Contains(Guid key) => UuidHash.Of(key) is var hash && hash >= Minimum && hash <= Maximum;
}
