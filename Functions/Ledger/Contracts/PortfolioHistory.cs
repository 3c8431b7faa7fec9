namespace FunctionsApp.Functions.Ledger;

/// <summary>The value of a portfolio over time.</summary>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="Interval">The interval between the points.</param>
/// <param name="Points">The points, oldest first.</param>
public sealed record PortfolioHistory(string Currency, Interval Interval, IReadOnlyList<HistoryPoint> Points)
{
    public static PortfolioHistory From(Core.Ledger.PortfolioHistory history) =>
        new(history.Currency, Intervals.From(history.Interval), [.. history.Points.Select(HistoryPoint.From)]);
}

/// <summary>The portfolio at the end of a day.</summary>
/// <param name="Date">The day.</param>
/// <param name="Total">Cash and market value.</param>
/// <param name="Invested">Deposits less withdrawals.</param>
/// <param name="Gain">The total less what was invested.</param>
public sealed record HistoryPoint(DateOnly Date, decimal Total, decimal Invested, decimal Gain)
{
    public static HistoryPoint From(Core.Ledger.HistoryPoint point) => new(point.Date, point.Total, point.Invested, point.Gain);
}

/// <summary>The interval between the points of a history.</summary>
public enum Interval
{
    Day,
    Week,
    Month,
}

static class Intervals
{
    public static Interval From(Core.Ledger.Interval interval) =>
        interval switch
        {
            Core.Ledger.Interval.Day => Interval.Day,
            Core.Ledger.Interval.Week => Interval.Week,
            Core.Ledger.Interval.Month => Interval.Month,
            _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, null),
        };

    public static Core.Ledger.Interval? ToCore(Interval? interval) =>
        interval switch
        {
            null => null,
            Interval.Day => Core.Ledger.Interval.Day,
            Interval.Week => Core.Ledger.Interval.Week,
            Interval.Month => Core.Ledger.Interval.Month,
            _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, null),
        };
}
