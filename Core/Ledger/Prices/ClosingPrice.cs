namespace FunctionsApp.Core.Ledger;

/// <summary>The price of one unit of a security at the close of an exchange.</summary>
public sealed record ClosingPrice(string Symbol, DateOnly Date, decimal Close);
