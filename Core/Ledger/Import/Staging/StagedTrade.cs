namespace FunctionsApp.Core.Ledger;

/// <summary>A trade that is about to become an entry.</summary>
/// <param name="Line">The line in the file.</param>
/// <param name="Cash">What it adds to the cash account.</param>
/// <param name="TradeKey">Identifies the trade across files.</param>
sealed record StagedTrade(
    int Line,
    Guid Id,
    DateTime At,
    EntryKind Kind,
    string Symbol,
    string? Isin,
    decimal Quantity,
    decimal Price,
    decimal Cash,
    string TradeKey
);
