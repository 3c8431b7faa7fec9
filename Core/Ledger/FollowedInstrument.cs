namespace Core.Ledger;

/// <summary>What an instrument came to after each of some entries, and the lots that they made.</summary>
internal sealed record FollowedInstrument(string Instrument, IReadOnlyList<PositionVersion> Versions, IReadOnlyList<Lot> Lots);
