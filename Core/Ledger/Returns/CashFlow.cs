namespace FunctionsApp.Core.Ledger;

/// <summary>Money that was paid into or out of a portfolio on a day.</summary>
/// <param name="Amount">Positive: paid in by the investor (a deposit). Negative: taken out (a withdrawal).</param>
public readonly record struct CashFlow(DateOnly Day, decimal Amount);
