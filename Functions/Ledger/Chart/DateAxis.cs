using System.Globalization;

namespace FunctionsApp.Functions.Ledger;

/// <summary>
/// A labeled day of the date axis. The year is written at the first tick and at the first tick of each
/// year.
/// </summary>
public readonly record struct DateTick(DateOnly Day, string Text);

/// <summary>
/// The ticks of a date axis: days, weeks, months, quarters or years, the first of these with room for its
/// labels.
/// </summary>
public static class DateAxis
{
    const int MostTicks = 9;

    /// <param name="fits">Whether the labels of these ticks fit beside each other.</param>
    /// <returns>Ascending, within the two days; at least one.</returns>
    public static IReadOnlyList<DateTick> Ticks(DateOnly first, DateOnly last, Func<IReadOnlyList<DateTick>, bool> fits)
    {
        foreach (var days in (int[])[1, 2, 7, 14])
        {
            if ((last.DayNumber - first.DayNumber) / days < MostTicks && Days(first, last, days) is { Count: > 0 } ticks && fits(ticks))
                return ticks;
        }

        foreach (var months in (int[])[1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000])
        {
            if ((Month(last) - Month(first)) / months < MostTicks && Months(first, last, months) is { Count: > 0 } ticks && fits(ticks))
                return ticks;
        }

        return [new(first, Text(first, "d MMM yyyy"))];
    }

    static List<DateTick> Days(DateOnly first, DateOnly last, int step)
    {
        // Whole weeks begin on Mondays; day 0, 1 January of year 1, was one.
        var start = step % 7 == 0 ? (first.DayNumber + 6) / 7 * 7 : first.DayNumber;
        var ticks = new List<DateTick>();
        for (var number = start; number <= last.DayNumber; number += step)
        {
            var day = DateOnly.FromDayNumber(number);
            ticks.Add(new(day, Text(day, ticks.Count == 0 || ticks[^1].Day.Year != day.Year ? "d MMM yyyy" : "d MMM")));
        }

        return ticks;
    }

    static List<DateTick> Months(DateOnly first, DateOnly last, int step)
    {
        // The first day of a month that is not before the first day.
        var start = Month(first) + (first.Day == 1 ? 0 : 1);
        var ticks = new List<DateTick>();
        for (var month = (start + step - 1) / step * step; month <= Month(last); month += step)
        {
            if (month < 12)
                continue;
            var day = new DateOnly(month / 12, month % 12 + 1, 1);
            var newYear = ticks.Count == 0 || ticks[^1].Day.Year != day.Year;
            ticks.Add(
                new(
                    day,
                    Text(
                        day,
                        step % 12 == 0 ? "yyyy"
                            : newYear ? "MMM yyyy"
                            : "MMM"
                    )
                )
            );
        }

        return ticks;
    }

    static int Month(DateOnly day) => day.Year * 12 + day.Month - 1;

    static string Text(DateOnly day, string format) => day.ToString(format, CultureInfo.InvariantCulture);
}
