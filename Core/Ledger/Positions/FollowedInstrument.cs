namespace FunctionsApp.Core.Ledger;

/// <summary>The positions of an instrument after each of some entries, and the lots that they created.</summary>
internal sealed record FollowedInstrument(string Instrument, IReadOnlyList<PositionVersion> Versions, IReadOnlyList<Lot> Lots);
