namespace FunctionsApp.Core.Ledger;

/// <summary>What one unit of a security cost when an exchange closed.</summary>
public sealed record ClosingPrice(string Symbol, DateOnly Date, decimal Close);
