namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Finds instruments by symbol and ISIN. A renamed share keeps its ISIN, and a share whose face value was split keeps its symbol, so
/// whichever is known identifies it, the ISIN first; if neither is known, the instrument is new. It is stored under its symbol, or under
/// one with a suffix if another instrument, which has lost the symbol since, is stored under it.
/// </summary>
/// <param name="known">Names and their instruments.</param>
/// <param name="taken">Of the symbols, those that an instrument is stored under.</param>
public sealed class InstrumentNames(Dictionary<string, string> known, IReadOnlySet<string> taken)
{
    // No symbol contains it.
    const char Suffix = '#';

    readonly List<InstrumentName> learned = [];

    /// <summary>The names that were not known before.</summary>
    public IReadOnlyList<InstrumentName> Learned => learned;

    /// <returns>The instrument; null for an unknown ISIN without a symbol.</returns>
    public string? Find(string? symbol, string? isin)
    {
        string? instrument = null;
        if (isin is not null)
            known.TryGetValue(isin, out instrument);
        if (instrument is null && symbol is not null && !known.TryGetValue(symbol, out instrument))
            instrument = taken.Contains(symbol) ? $"{symbol}{Suffix}{Guid.CreateVersion7():N}" : symbol;
        if (instrument is null || symbol is null)
            return instrument;
        var isNew = known.TryAdd(symbol, instrument);
        if (isin is not null)
            isNew |= known.TryAdd(isin, instrument);
        if (isNew)
            learned.Add(new(instrument, symbol, isin));
        return instrument;
    }
}
