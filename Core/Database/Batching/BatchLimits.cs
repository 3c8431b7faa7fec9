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

    static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(2);

    /// <summary>The limits that do not depend on settings.</summary>
    /// <param name="atOnce">Batches at the same time.</param>
    /// <param name="longestStatement">How long a statement may take, including the wait for a connection.</param>
    /// <param name="longestSearch">How long it may take before that to find a database server that can answer: zero if there is only
    /// one. Reads that wait for a batch wait as long, or they would be refused while those in the batch are not.</param>
    public static BatchLimits Of(int atOnce, TimeSpan longestStatement, TimeSpan longestSearch) =>
        new(
            atOnce,
            Size: 64,
            Waiting: 1024,
            longestSearch > ShortWait ? longestSearch : ShortWait,
            longestStatement == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : longestSearch + longestStatement + TimeSpan.FromSeconds(1)
        );
}
