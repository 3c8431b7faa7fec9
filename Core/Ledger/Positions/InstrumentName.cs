namespace FunctionsApp.Core.Ledger;

/// <summary>An instrument with one of its symbols and ISINs.</summary>
public readonly record struct InstrumentName(string Instrument, string Symbol, string? Isin);

/// <summary>
/// Which instrument a symbol and an ISIN mean. A renamed share keeps its ISIN, and one whose face value was split keeps its symbol, so
/// whichever is known identifies it, the ISIN first; if neither is known, it is a new one.
/// </summary>
/// <param name="known">Names, and the instruments that they mean.</param>
public sealed class InstrumentNames(Dictionary<string, string> known)
{
    readonly List<InstrumentName> learned = [];

    /// <summary>What was not known before.</summary>
    public IReadOnlyList<InstrumentName> Learned => learned;

    /// <returns>The instrument; null for an ISIN alone that is not known.</returns>
    public string? Find(string? symbol, string? isin)
    {
        string? instrument = null;
        if (isin is not null)
            known.TryGetValue(isin, out instrument);
        if (instrument is null && symbol is not null && !known.TryGetValue(symbol, out instrument))
            instrument = symbol;
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
