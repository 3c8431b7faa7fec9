namespace FunctionsApp.Benchmark;

/// <summary>What the command line says.</summary>
sealed record BenchmarkOptions
{
    /// <summary>Names of measurements; all when empty.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    public required Effort Effort { get; init; }

    /// <summary>Where the table goes as JSON.</summary>
    public string? Json { get; init; }

    /// <summary>A folder with a published server, so that none is published now.</summary>
    public string? Published { get; init; }

    /// <summary>Added to the server's connection string, to try settings.</summary>
    public string ConnectionSettings { get; init; } = "";

    /// <summary>NAME=VALUE, added to the server's environment, to try settings.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];
}

/// <summary>How long it may take.</summary>
/// <param name="Rounds">Of each pair.</param>
/// <param name="Round">One side of a round under steady load.</param>
/// <param name="Hashes">Of one side of a round.</param>
/// <param name="Starts">Of the process.</param>
/// <param name="MixedRequests">Before memory is looked at.</param>
/// <param name="LedgerEntries">Of the long history.</param>
/// <param name="Cancellations">Of each kind, in a round.</param>
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

    /// <summary>For CI: shows that all of it runs, and gives a first idea.</summary>
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
