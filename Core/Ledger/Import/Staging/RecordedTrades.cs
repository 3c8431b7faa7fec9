namespace FunctionsApp.Core.Ledger;

/// <summary>The entries that an import has recorded.</summary>
/// <param name="Count">The number of new trades.</param>
/// <param name="First">The first of them of each instrument.</param>
/// <param name="Days">The days (UTC) that they are on.</param>
/// <param name="Counts">The number of entries of each instrument from the first new trade on; null if it is not known.</param>
sealed record RecordedTrades(
    int Count,
    IReadOnlyList<InstrumentPosition> First,
    DateOnly[] Days,
    IReadOnlyDictionary<string, int>? Counts = null
);
