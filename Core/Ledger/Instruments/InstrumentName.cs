namespace FunctionsApp.Core.Ledger;

/// <summary>An instrument with one of its symbols and ISINs.</summary>
public readonly record struct InstrumentName(string Instrument, string Symbol, string? Isin);
