using System.Globalization;

namespace Core.Ledger;

/// <summary>A financial year, by the calendar year it begins in.</summary>
public readonly record struct FinancialYear(int Year, int StartsIn)
{
    public DateOnly End => new DateOnly(Year, StartsIn, 1).AddYears(1).AddDays(-1);

    /// <summary>Such as 2024-25; 2024 where it is the calendar year.</summary>
    public string Name => StartsIn == 1 ? Year.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Year}-{(Year + 1) % 100:00}");

    public static FinancialYear Of(DateOnly day, int startsIn) => new(day.Month >= startsIn ? day.Year : day.Year - 1, startsIn);

    /// <summary>The years of two days, and those between.</summary>
    public static IEnumerable<FinancialYear> Between(DateOnly first, DateOnly last, int startsIn)
    {
        for (var year = Of(first, startsIn); year.Year <= Of(last, startsIn).Year; year = year with { Year = year.Year + 1 }) yield return year;
    }
}

/// <summary>For how long something is or was held.</summary>
public enum Term
{
    Short,
    Long,
}

/// <param name="OpenedAt">When it was bought, UTC.</param>
/// <param name="Quantity">Units that are left of it.</param>
/// <param name="Cost">Of those, with charges.</param>
/// <param name="Term">If it were sold at the moment of the report.</param>
/// <param name="LongTermAfter">The last day of the short term.</param>
public sealed record TaxLot(
    string Symbol, string? Isin, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost, decimal Price, decimal MarketValue, decimal UnrealisedGain, Term Term, DateOnly LongTermAfter);

/// <param name="Year">Such as 2024-25.</param>
/// <param name="ShortTermGain">Realised in the year on lots that were held for a short term.</param>
public sealed record TaxYear(string Year, decimal ShortTermGain, decimal LongTermGain, decimal Gain);

/// <summary>Open lots, and gains by financial year.</summary>
/// <param name="OpenLots">By symbol, the first bought first.</param>
/// <param name="Years">The first one first; the last one until the moment.</param>
public sealed record TaxReport(DateTime At, string Currency, IReadOnlyList<TaxLot> OpenLots, IReadOnlyList<TaxYear> Years)
{
    /// <param name="ends">What all sales had come to at the end of each year.</param>
    public static TaxReport Of(DateTime at, PortfolioSettings settings, IReadOnlyList<ValuedPosition> positions, IReadOnlyList<OpenLot> lots, IReadOnlyList<FinancialYear> years, IReadOnlyList<Totals> ends)
    {
        var byInstrument = positions.ToDictionary(one => one.Instrument);
        return new(
            at, settings.Currency,
            [.. lots.Select(lot => LotOf(lot, byInstrument[lot.Instrument])).OrderBy(lot => lot.Symbol, StringComparer.Ordinal)],
            [.. years.Select((year, i) => YearOf(year, i == 0 ? null : ends[i - 1], ends[i]))]);

        TaxLot LotOf(OpenLot open, ValuedPosition position)
        {
            var (price, after) = (Amounts.Normal(position.Price ?? 0), settings.Holding.LongAfter(open.Lot.OpenedAt));
            var (quantity, cost) = (Amounts.Normal(open.Quantity), Amounts.Normal(open.Cost));
            var value = Amounts.Normal(quantity * price);
            return new(
                position.Symbol, position.Isin, open.Lot.EntryId, open.Lot.OpenedAt, quantity, cost, price, value, Amounts.Normal(value - cost),
                settings.Holding.IsLong(open.Lot.OpenedAt, at) ? Term.Long : Term.Short, after);
        }
    }

    static TaxYear YearOf(FinancialYear year, Totals? before, Totals end)
    {
        decimal gain = end.Realised - (before?.Realised ?? 0), longTerm = end.RealisedLong - (before?.RealisedLong ?? 0);
        return new(year.Name, Amounts.Normal(gain - longTerm), Amounts.Normal(longTerm), Amounts.Normal(gain));
    }
}
