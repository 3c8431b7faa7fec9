namespace FunctionsApp.Functions.Ledger;

/// <summary>A portfolio at the end of a day.</summary>
/// <param name="Total">The value of the portfolio.</param>
/// <param name="Invested">Deposits less withdrawals until then.</param>
public sealed record ChartPoint(DateOnly Day, decimal Total, decimal Invested);
