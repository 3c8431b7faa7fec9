namespace FunctionsApp.Core.Ledger;

/// <summary>A moment as of which a portfolio is valued.</summary>
/// <param name="At">All entries before it count.</param>
/// <param name="LastKind">Of the entries at it, those up to this kind count.</param>
/// <param name="LastDay">The last day whose closing prices were known.</param>
public readonly record struct ValuationMoment(DateTime At, EntryKind LastKind, DateOnly LastDay)
{
    /// <summary>A close counts from the end of its day.</summary>
    public static ValuationMoment Of(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Withdrawal, LastClose(at, zone));

    /// <summary>
    /// Before the deposits of a moment and the kinds after them, with the prices known at the moment: these are for units after
    /// its splits.
    /// </summary>
    public static ValuationMoment BeforeDeposits(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Split, LastClose(at, zone));

    static DateOnly LastClose(DateTime at, TimeZoneInfo zone)
    {
        var day = Moment.DayOf(at, zone);
        return Moment.EndOf(day, zone) <= at ? day : day.AddDays(-1);
    }
}
