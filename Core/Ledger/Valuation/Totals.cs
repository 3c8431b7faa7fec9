namespace FunctionsApp.Core.Ledger;

/// <summary>The totals of a portfolio as of a moment.</summary>
public sealed record Totals(
    int Moment,
    decimal Cash,
    decimal MarketValue,
    decimal Deposits,
    decimal Withdrawals,
    decimal Realised,
    decimal RealisedLong
)
{
    public decimal Value => Cash + MarketValue;
}
