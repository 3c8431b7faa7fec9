namespace FunctionsApp.Core.Ledger;

/// <summary>A position in the history of an instrument.</summary>
readonly record struct InstrumentPosition(string Instrument, EntryPosition From);
