namespace FunctionsApp.Functions.Ledger;

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
/// <param name="Twr">The cumulative time-weighted return since the first deposit: 0.1 means 10%. Null before the first deposit, and if
/// it is too large for a number.</param>
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
    public static PortfolioReport From(Core.Ledger.PortfolioReport report) =>
        new(
            report.At,
            report.Currency,
            report.Cash,
            report.Invested,
            report.CostBasis,
            report.MarketValue,
            report.TotalPortfolio,
            report.UnrealisedGain,
            report.RealisedGain,
            report.Income,
            report.Fees,
            report.Contributions,
            report.Withdrawals,
            report.Roi,
            report.Xirr,
            report.XirrReason,
            report.Twr,
            report.MissingPrices,
            [.. report.Holdings.Select(Holding.From)]
        );
}
