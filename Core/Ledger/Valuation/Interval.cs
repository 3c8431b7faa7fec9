namespace FunctionsApp.Core.Ledger;

/// <summary>The interval between the points of a history.</summary>
public enum Interval
{
    Day,

    /// <summary>From Monday to Sunday (ISO 8601).</summary>
    Week,

    Month,
}

/// <summary>The days of a history.</summary>
public static class Intervals
{
    const int MaxDays = 400,
        MaxDaysOfWeeks = 7 * 400;

    /// <summary>The shortest interval that does not make too many points for a chart.</summary>
    public static Interval For(DateOnly first, DateOnly last) =>
        (last.DayNumber - first.DayNumber) switch
        {
            <= MaxDays => Interval.Day,
            <= MaxDaysOfWeeks => Interval.Week,
            _ => Interval.Month,
        };

    /// <summary>The least number of points.</summary>
    public static int CountOf(this Interval interval, DateOnly first, DateOnly last) =>
        (last.DayNumber - first.DayNumber)
            / interval switch
            {
                Interval.Day => 1,
                Interval.Week => 7,
                _ => 31,
            }
        + 1;

    /// <summary>The last day of each interval, and the last day of the history.</summary>
    public static IEnumerable<DateOnly> EndsOf(this Interval interval, DateOnly first, DateOnly last)
    {
        for (var day = first; ; day = day.AddDays(1))
        {
            day = interval switch
            {
                Interval.Day => day,
                Interval.Week => day.AddDays((7 - (int)day.DayOfWeek) % 7),
                _ => new(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month)),
            };
            if (day >= last)
                break;
            yield return day;
        }

        yield return last;
    }
}
