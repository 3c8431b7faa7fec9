namespace FunctionsApp.Core.Ledger;

/// <summary>The part of a version of a position that counts in the totals of a portfolio.</summary>
internal sealed record TotalsVersion(
    DateTime At,
    EntryKind Kind,
    decimal Quantity,
    decimal Cash,
    decimal Deposits,
    decimal Withdrawals,
    decimal Realised,
    decimal RealisedLong,
    decimal? TradePrice,
    DateTime? SplitAt,
    decimal SplitFactor
)
{
    /// <summary>Before the first entry.</summary>
    public static TotalsVersion None { get; } = new(default, default, 0, 0, 0, 0, 0, 0, null, null, 1);

    public bool CountsAt(ValuationMoment moment) => At < moment.At || (At == moment.At && Kind <= moment.LastKind);
}
