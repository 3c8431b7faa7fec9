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
