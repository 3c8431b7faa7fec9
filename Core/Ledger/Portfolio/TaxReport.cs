namespace FunctionsApp.Core.Ledger;

/// <summary>The realized gains of a financial year.</summary>
/// <param name="Year">The financial year, such as `2024-25`.</param>
/// <param name="ShortTermGain">The gains on short-term holdings.</param>
/// <param name="LongTermGain">The gains on long-term holdings.</param>
/// <param name="Gain">The sum of both.</param>
public sealed record TaxYear(string Year, decimal ShortTermGain, decimal LongTermGain, decimal Gain);

/// <summary>Open lots, and realized gains by financial year.</summary>
/// <param name="At">The moment of the report.</param>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="OpenLots">The open lots by symbol, oldest first.</param>
/// <param name="Years">The financial years, oldest first. The last one ends at the moment of the report.</param>
public sealed record TaxReport(DateTime At, string Currency, IReadOnlyList<TaxLot> OpenLots, IReadOnlyList<TaxYear> Years)
{
    /// <param name="ends">The totals at the end of each year.</param>
    public static TaxReport Of(
        DateTime at,
        PortfolioSettings settings,
        IReadOnlyList<ValuedPosition> positions,
        IReadOnlyList<OpenLot> lots,
        IReadOnlyList<FinancialYear> years,
        IReadOnlyList<Totals> ends
    )
    {
        var byInstrument = positions.ToDictionary(one => one.Instrument);
        return new(
            at,
            settings.Currency,
            [.. lots.Select(lot => LotOf(lot, byInstrument[lot.Instrument])).OrderBy(lot => lot.Symbol, StringComparer.Ordinal)],
            [.. years.Select((year, i) => YearOf(year, i == 0 ? null : ends[i - 1], ends[i]))]
        );

        TaxLot LotOf(OpenLot open, ValuedPosition position)
        {
            var (price, after) = (Amounts.Normal(position.Price ?? 0), settings.Holding.LongAfter(open.Lot.OpenedAt));
            var (quantity, cost) = (Amounts.Normal(open.Quantity), Amounts.Normal(open.Cost));
            var value = Amounts.Normal(quantity * price);
            return new(
                position.Symbol,
                position.Isin,
                open.Lot.EntryId,
                open.Lot.OpenedAt,
                quantity,
                cost,
                price,
                value,
                Amounts.Normal(value - cost),
                settings.Holding.IsLong(open.Lot.OpenedAt, at) ? Term.Long : Term.Short,
                after
            );
        }
    }

    static TaxYear YearOf(FinancialYear year, Totals? before, Totals end)
    {
        decimal gain = end.Realised - (before?.Realised ?? 0),
            longTerm = end.RealisedLong - (before?.RealisedLong ?? 0);
        return new(year.Name, Amounts.Normal(gain - longTerm), Amounts.Normal(longTerm), Amounts.Normal(gain));
    }
}
