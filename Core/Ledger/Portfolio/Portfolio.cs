namespace FunctionsApp.Core.Ledger;

/// <summary>One user's portfolio, as it is kept.</summary>
/// <param name="Version">Counts its changes.</param>
/// <param name="PricesVersion">Of the closing prices that its growth was calculated with.</param>
public sealed record Portfolio(Guid UserId, PortfolioSettings Settings, long Version, DateTime ChainedUntil, long PricesVersion);
