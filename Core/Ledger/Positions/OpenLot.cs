namespace FunctionsApp.Core.Ledger;

/// <summary>A lot that was held as of a moment. Until then the first <paramref name="Sold"/> units of its era were sold.</summary>
public sealed record OpenLot(string Instrument, Lot Lot, decimal Sold)
{
    /// <summary>The units that were left.</summary>
    public decimal Quantity => Lot.LastUnit - Math.Max(Sold, Lot.LastUnit - Lot.Quantity);

    /// <summary>The cost of these units.</summary>
    public decimal Cost => Lot.Cost - Lot.CostOf(Sold);
}
