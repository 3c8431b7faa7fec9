namespace FunctionsApp.Benchmark;

/// <summary>The options of the command line.</summary>
sealed record BenchmarkOptions
{
    /// <summary>The names of the measurements; empty for all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    public required Effort Effort { get; init; }

    /// <summary>The file to which the table is written as JSON.</summary>
    public string? Json { get; init; }

    /// <summary>The committed ratios with which the result is compared; null to compare with none.</summary>
    public string? Baseline { get; init; }

    /// <summary>Whether to write the result to <see cref="Baseline"/> instead of comparing it.</summary>
    public bool RenewBaseline { get; init; }

    /// <summary>A folder with a published server, to use instead of publishing one.</summary>
    public string? Published { get; init; }

    /// <summary>Added to the server's connection string, to test settings.</summary>
    public string ConnectionSettings { get; init; } = "";

    /// <summary>NAME=VALUE, added to the server's environment, to test settings.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];
}

/// <summary>The extent of the measurements.</summary>
/// <param name="Rounds">Rounds per pair.</param>
/// <param name="Round">The duration of one side of a round under steady load.</param>
/// <param name="Hashes">Hashes per side of a round.</param>
/// <param name="Starts">Process starts.</param>
/// <param name="MixedRequests">Requests before memory is measured.</param>
/// <param name="LedgerEntries">Entries of the long history.</param>
/// <param name="Cancellations">Cancellations of each kind per round.</param>
sealed record Effort(
    int Rounds,
    TimeSpan WarmUp,
    TimeSpan Round,
    int Hashes,
    int Starts,
    int MixedRequests,
    int LedgerEntries,
    int Cancellations
)
{
    public static readonly Effort Full = new(
        Rounds: 5,
        TimeSpan.FromSeconds(4),
        TimeSpan.FromSeconds(4),
        Hashes: 48,
        Starts: 10,
        MixedRequests: 100_000,
        LedgerEntries: 1_000_000,
        Cancellations: 7
    );

    /// <summary>For CI: checks that everything runs, and gives rough values.</summary>
    public static readonly Effort Short = new(
        Rounds: 2,
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(2),
        Hashes: 8,
        Starts: 3,
        MixedRequests: 10_000,
        LedgerEntries: 100_000,
        Cancellations: 2
    );
}
