namespace FunctionsApp.Core.Ledger;

/// <summary>The positions of an instrument after each of some entries, and the lots that these created.</summary>
internal sealed record RecalculatedInstrument(string Instrument, IReadOnlyList<PositionVersion> Versions, IReadOnlyList<Lot> Lots);
