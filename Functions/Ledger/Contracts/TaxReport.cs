namespace FunctionsApp.Functions.Ledger;

/// <summary>Open lots, and realized gains by financial year.</summary>
/// <param name="At">The moment of the report.</param>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="OpenLots">The open lots by symbol, oldest first.</param>
/// <param name="Years">The financial years, oldest first. The last one ends at the moment of the report.</param>
public sealed record TaxReport(DateTime At, string Currency, IReadOnlyList<TaxLot> OpenLots, IReadOnlyList<TaxYear> Years)
{
    public static TaxReport From(Core.Ledger.TaxReport report) =>
        new(report.At, report.Currency, [.. report.OpenLots.Select(TaxLot.From)], [.. report.Years.Select(TaxYear.From)]);
}

/// <summary>An open lot: units of one purchase that are still held.</summary>
/// <param name="Symbol">The exchange symbol.</param>
/// <param name="Isin">The ISIN, or null.</param>
/// <param name="EntryId">The id of the purchase.</param>
/// <param name="OpenedAt">When the units were bought.</param>
/// <param name="Quantity">The number of units that are left.</param>
/// <param name="Cost">Their cost including charges.</param>
/// <param name="Price">The price of one unit.</param>
/// <param name="MarketValue">Their value at that price.</param>
/// <param name="UnrealisedGain">The market value less the cost.</param>
/// <param name="Term">Whether a sale would be short-term or long-term.</param>
/// <param name="LongTermAfter">The last day on which a sale is short-term.</param>
public sealed record TaxLot(
    string Symbol,
    string? Isin,
    Guid EntryId,
    DateTime OpenedAt,
    decimal Quantity,
    decimal Cost,
    decimal Price,
    decimal MarketValue,
    decimal UnrealisedGain,
    Term Term,
    DateOnly LongTermAfter
)
{
    public static TaxLot From(Core.Ledger.TaxLot lot) =>
        new(
            lot.Symbol,
            lot.Isin,
            lot.EntryId,
            lot.OpenedAt,
            lot.Quantity,
            lot.Cost,
            lot.Price,
            lot.MarketValue,
            lot.UnrealisedGain,
            Terms.From(lot.Term),
            lot.LongTermAfter
        );
}

/// <summary>The realized gains of a financial year.</summary>
/// <param name="Year">The financial year, such as `2024-25`.</param>
/// <param name="ShortTermGain">The gains on short-term holdings.</param>
/// <param name="LongTermGain">The gains on long-term holdings.</param>
/// <param name="Gain">The sum of both.</param>
public sealed record TaxYear(string Year, decimal ShortTermGain, decimal LongTermGain, decimal Gain)
{
    public static TaxYear From(Core.Ledger.TaxYear year) => new(year.Year, year.ShortTermGain, year.LongTermGain, year.Gain);
}

/// <summary>Whether a holding is short-term or long-term.</summary>
public enum Term
{
    Short,
    Long,
}

static class Terms
{
    public static Term From(Core.Ledger.Term term) =>
        term switch
        {
            Core.Ledger.Term.Short => Term.Short,
            Core.Ledger.Term.Long => Term.Long,
            _ => throw new ArgumentOutOfRangeException(nameof(term), term, null),
        };
}
