namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The units that came in with one purchase: those of the era after <paramref name="LastUnit"/> − <paramref name="Quantity"/> and up
/// to <paramref name="LastUnit"/>.
/// </summary>
/// <param name="OpenedAt">When they were bought, in whatever era.</param>
/// <param name="Cost">Of all of them, with charges.</param>
public sealed record Lot(int Era, decimal LastUnit, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost)
{
    /// <summary>What the units of this lot cost that are among the first <paramref name="sold"/> of the era.</summary>
    public decimal CostOf(decimal sold) => Amounts.ProRata(Cost, Math.Clamp(sold - (LastUnit - Quantity), 0, Quantity), Quantity);
}

/// <summary>A part of a lot that a sale has taken.</summary>
public readonly record struct Disposal(Lot Lot, decimal Quantity, decimal Cost, decimal Proceeds, bool LongTerm)
{
    public decimal Gain => Proceeds - Cost;
}

/// <summary>When a holding counts as held for a long term: sold after the day so many months after the purchase.</summary>
public sealed record HoldingPeriod(TimeZoneInfo Zone, int Months)
{
    public bool IsLong(DateTime opened, DateTime sold) => Moment.DayOf(sold, Zone) > LongAfter(opened);

    /// <summary>The last day of the short term.</summary>
    public DateOnly LongAfter(DateTime opened) => Moment.DayOf(opened, Zone).AddMonths(Months);
}
