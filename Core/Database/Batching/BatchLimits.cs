namespace FunctionsApp.Core.Database;

/// <summary>The limits of a <see cref="BatchedRead{TKey,TRow}"/>.</summary>
/// <param name="AtOnce">Batches that run at the same time, each on a connection of its own. 1 or more.</param>
/// <param name="Size">Reads in one batch. 1 or more.</param>
/// <param name="Waiting">Reads that may wait for a batch before more are refused.</param>
/// <param name="Wait">How long a read may wait until its batch leaves.</param>
/// <param name="Statement">
/// How long a batch may take. Longer than the timeouts of the database: it only takes effect if those do not.
/// </param>
public sealed record BatchLimits(int AtOnce, int Size, int Waiting, TimeSpan Wait, TimeSpan Statement)
{
    /// <summary>The default of <see cref="AtOnce"/>: while one connection stalls, the other still works.</summary>
    public const int DefaultAtOnce = 2;

    /// <summary>The limits that do not depend on settings.</summary>
    /// <param name="atOnce">Batches at the same time.</param>
    /// <param name="longestStatement">How long a statement may take, including the wait for a connection.</param>
    public static BatchLimits Of(int atOnce, TimeSpan longestStatement) =>
        new(
            atOnce,
            Size: 64,
            Waiting: 1024,
            TimeSpan.FromSeconds(2),
            longestStatement == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : longestStatement + TimeSpan.FromSeconds(1)
        );
}
