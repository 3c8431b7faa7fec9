namespace FunctionsApp.Core.Ledger;

/// <summary>The portfolio at the end of a day.</summary>
/// <param name="Date">The day.</param>
/// <param name="Total">Cash and market value.</param>
/// <param name="Invested">Deposits less withdrawals.</param>
/// <param name="Gain">The total less what was invested.</param>
public sealed record HistoryPoint(DateOnly Date, decimal Total, decimal Invested, decimal Gain)
{
    public static HistoryPoint Of(DateOnly date, Totals totals) =>
        new(
            date,
            Amounts.Normal(totals.Value),
            Amounts.Normal(totals.Deposits - totals.Withdrawals),
            Amounts.Normal(totals.Value - totals.Deposits + totals.Withdrawals)
        );
}
