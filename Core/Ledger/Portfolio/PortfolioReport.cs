namespace FunctionsApp.Core.Ledger;

/// <summary>A portfolio as of a moment. total_portfolio − invested = unrealised_gain + realised_gain + income − fees.</summary>
/// <param name="At">The moment.</param>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="Cash">The cash balance.</param>
/// <param name="Invested">The net contributions: deposits less withdrawals.</param>
/// <param name="CostBasis">The cost of the holdings including charges, first in, first out.</param>
/// <param name="MarketValue">The value of the holdings.</param>
/// <param name="TotalPortfolio">Cash and market value.</param>
/// <param name="UnrealisedGain">The market value less the cost basis.</param>
/// <param name="RealisedGain">The gain of all sales: proceeds less charges and cost.</param>
/// <param name="Income">The dividends.</param>
/// <param name="Fees">The fees.</param>
/// <param name="Contributions">The deposits.</param>
/// <param name="Withdrawals">The withdrawals.</param>
/// <param name="Roi">The return on investment: (total_portfolio − invested) / contributions. Null without contributions.</param>
/// <param name="Xirr">The annual money-weighted return (actual/365): 0.1 means 10%. Null if it cannot be computed.</param>
/// <param name="XirrReason">Why `xirr` is null, or null.</param>
/// <param name="Twr">The cumulative time-weighted return since the first deposit: 0.1 means 10%. Null before the first deposit, and if it
/// is too large for a number.</param>
/// <param name="MissingPrices">The symbols of holdings without a closing price. They are valued at the price of the last trade.</param>
/// <param name="Holdings">The holdings by symbol.</param>
public sealed record PortfolioReport(
    DateTime At,
    string Currency,
    decimal Cash,
    decimal Invested,
    decimal CostBasis,
    decimal MarketValue,
    decimal TotalPortfolio,
    decimal UnrealisedGain,
    decimal RealisedGain,
    decimal Income,
    decimal Fees,
    decimal Contributions,
    decimal Withdrawals,
    decimal? Roi,
    double? Xirr,
    string? XirrReason,
    double? Twr,
    IReadOnlyList<string> MissingPrices,
    IReadOnlyList<Holding> Holdings
)
{
    const int RateDecimals = 10;

    /// <param name="positions">Of one moment.</param>
    public static PortfolioReport Of(
        DateTime at,
        PortfolioSettings settings,
        IReadOnlyList<ValuedPosition> positions,
        RateOfReturn xirr,
        double? twr
    )
    {
        Holding[] holdings =
        [
            .. positions
                .Where(one => one.Version.Quantity > 0)
                .OrderBy(one => one.Symbol, StringComparer.Ordinal)
                .Select(one => HoldingOf(one, settings.Zone)),
        ];
        decimal cash = Sum(one => one.Cash),
            cost = Sum(one => one.Cost),
            market = holdings.Sum(one => one.MarketValue),
            deposits = Sum(one => one.Deposits),
            withdrawals = Sum(one => one.Withdrawals);
        decimal total = cash + market,
            invested = deposits - withdrawals;
        return new(
            at,
            settings.Currency,
            cash,
            invested,
            cost,
            market,
            total,
            Amounts.Normal(market - cost),
            Sum(one => one.Realised),
            Sum(one => one.Income),
            Sum(one => one.Fees),
            deposits,
            withdrawals,
            deposits == 0 ? null : Amounts.Normal(Math.Round((total - invested) / deposits, RateDecimals)),
            Rounded(xirr.Rate),
            xirr.Reason,
            Rounded(twr),
            [.. holdings.Where(one => one.PriceSource == PriceSource.LastTrade).Select(one => one.Symbol)],
            holdings
        );

        decimal Sum(Func<PositionVersion, decimal> of) => Amounts.Normal(positions.Sum(one => of(one.Version)));
    }

    static double? Rounded(double? rate) => rate is { } some ? Math.Round(some, RateDecimals) : null;

    static Holding HoldingOf(ValuedPosition position, TimeZoneInfo zone)
    {
        var (now, price) = (position.Version, Amounts.Normal(position.Price ?? 0));
        return new(
            position.Symbol,
            position.Isin,
            now.Quantity,
            Amounts.Normal(Math.Round(now.Cost / now.Quantity, Amounts.CostDecimals)),
            now.Cost,
            price,
            position.PriceDate ?? Moment.DayOf(now.TradeAt!.Value, zone),
            position.PriceDate is null ? PriceSource.LastTrade : PriceSource.Close,
            position.MarketValue,
            Amounts.Normal(position.MarketValue - now.Cost),
            now.Realised
        );
    }
}
