namespace FunctionsApp.Core.Ledger;

/// <summary>The value of a portfolio over time.</summary>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="Interval">The interval between the points.</param>
/// <param name="Points">The points, oldest first.</param>
public sealed record PortfolioHistory(string Currency, Interval Interval, IReadOnlyList<HistoryPoint> Points);
