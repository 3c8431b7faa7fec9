namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The units of one purchase. The units that came in during an era are numbered: those of the lot are the last
/// <paramref name="Quantity"/> up to and including <paramref name="LastUnit"/>.
/// </summary>
/// <param name="OpenedAt">When they were bought, in this era or an earlier one.</param>
/// <param name="Cost">The cost of all of them, with charges.</param>
public sealed record Lot(int Era, decimal LastUnit, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost)
{
    /// <summary>The cost of the units of this lot that are among the first <paramref name="sold"/> of the era.</summary>
    public decimal CostOf(decimal sold) => Amounts.ProRata(Cost, Math.Clamp(sold - (LastUnit - Quantity), 0, Quantity), Quantity);
}

/// <summary>A part of a lot that was sold.</summary>
public readonly record struct Disposal(Lot Lot, decimal Quantity, decimal Cost, decimal Proceeds, bool LongTerm)
{
    public decimal Gain => Proceeds - Cost;
}

/// <summary>A lot that was held as of a moment. Until then the first <paramref name="Sold"/> units of its era were sold.</summary>
public sealed record OpenLot(string Instrument, Lot Lot, decimal Sold)
{
    /// <summary>The units that were left.</summary>
    public decimal Quantity => Lot.LastUnit - Math.Max(Sold, Lot.LastUnit - Lot.Quantity);

    /// <summary>The cost of these units.</summary>
    public decimal Cost => Lot.Cost - Lot.CostOf(Sold);
}
