namespace FunctionsApp.Core.Ledger;

/// <summary>The holding period that makes a gain long-term: more than this number of months after the day of the purchase.</summary>
public sealed record HoldingPeriod(TimeZoneInfo Zone, int Months)
{
    public bool IsLong(DateTime opened, DateTime sold) => Moment.DayOf(sold, Zone) > LongAfter(opened);

    /// <summary>The last day of the short term.</summary>
    public DateOnly LongAfter(DateTime opened) => Moment.DayOf(opened, Zone).AddMonths(Months);
}
