using System.Globalization;

namespace FunctionsApp.Core.Ledger;

/// <summary>A financial year, identified by the calendar year in which it begins.</summary>
public readonly record struct FinancialYear(int Year, int StartsIn)
{
    public DateOnly End => new DateOnly(Year, StartsIn, 1).AddYears(1).AddDays(-1);

    /// <summary>Such as 2024-25; 2024 if it is the calendar year.</summary>
    public string Name =>
        StartsIn == 1
            ? Year.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Year}-{(Year + 1) % 100:00}");

    public static FinancialYear Of(DateOnly day, int startsIn) => new(day.Month >= startsIn ? day.Year : day.Year - 1, startsIn);

    /// <summary>The years of two days and those between.</summary>
    public static IEnumerable<FinancialYear> Between(DateOnly first, DateOnly last, int startsIn)
    {
        for (var year = Of(first, startsIn); year.Year <= Of(last, startsIn).Year; year = year with { Year = year.Year + 1 })
            yield return year;
    }
}
