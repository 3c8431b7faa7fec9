using System.Globalization;

namespace FunctionsApp.Core;

/// <summary>
/// When something counts: a moment with its offset, a local time of a time zone, or a date alone, which counts at the end of its day. All
/// are kept in UTC, to the microsecond.
/// </summary>
public static class Moment
{
    /// <summary>The error for an invalid moment.</summary>
    public const string Rule =
        "Must be a time with an offset (2024-03-01T09:15:32Z, 2024-03-01T09:15:32+05:30), a local time that the time zone has "
        + "(2024-03-01T09:15:32), "
        + "or a date (2024-03-01), of the years 1900 to 9998.";

    const int FirstYear = 1900,
        LastYear = 9998;

    /// <summary>More than any time zone is from UTC.</summary>
    static readonly TimeSpan widest = TimeSpan.FromHours(15);

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, TimeZoneInfo, out DateTime, out bool)"/>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTime utc) => TryParse(text, zone, out utc, out _);

    /// <summary>
    /// Reads RFC 3339 with <c>T</c> or a space, where seconds and their fraction (cut to microseconds) may be missing, and the offset too:
    /// then it is a local time of the zone, the first one if clocks that were set back show it twice. A date alone is the end of its day.
    /// Anything else is refused, and so are local times that clocks set forward never showed.
    /// </summary>
    /// <param name="isDate">Whether it was a date alone.</param>
    public static bool TryParse(ReadOnlySpan<char> text, TimeZoneInfo zone, out DateTime utc, out bool isDate)
    {
        utc = default;
        isDate = text.Length == 10;
        if (text.Length < 10 || !TryParseDate(text[..10], out var day))
            return false;
        if (isDate)
        {
            utc = EndOf(day, zone);
            return true;
        }

        if (text[10] is not ('T' or 't' or ' ') || !TryParseTime(text[11..], out var time, out var rest))
            return false;
        var local = day.ToDateTime(TimeOnly.MinValue) + time;
        if (rest.IsEmpty)
            return TryFromLocal(local, zone, out utc);
        if (!TryParseOffset(rest, out var offset))
            return false;
        utc = AsUtc(local.Ticks - offset.Ticks);
        return true;
    }

    /// <summary>Reads <c>2024-03-01</c>, of the years that moments may have.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, out DateOnly date)
    {
        date = default;
        return text is [_, _, _, _, '-', _, _, '-', _, _] && TryDate(text[..4], text[5..7], text[8..], out date);
    }

    /// <summary>The date of a year, month and day in digits, if there is one in the years that moments may have.</summary>
    public static bool TryDate(ReadOnlySpan<char> year, ReadOnlySpan<char> month, ReadOnlySpan<char> day, out DateOnly date)
    {
        date = default;
        if (!TryParseTwo(year, 99, out var century) || !TryParseTwo(year[2..], 99, out var rest))
            return false;
        if (!TryParseTwo(month, 12, out var m) || !TryParseTwo(day, 31, out var d))
            return false;
        var y = century * 100 + rest;
        if (y is < FirstYear or > LastYear || m < 1 || d < 1 || d > DateTime.DaysInMonth(y, m))
            return false;
        date = new(y, m, d);
        return true;
    }

    /// <summary>Whether moments may be on the date.</summary>
    public static bool Has(DateOnly date) => date.Year is >= FirstYear and <= LastYear;

    /// <summary>
    /// The last microsecond before the next day begins in the zone, in UTC; where clocks set back make it begin twice, before the first
    /// time. The end of a date that the zone left out is that of the day before it.
    /// </summary>
    /// <param name="day">Of the years 1900 to 9998.</param>
    public static DateTime EndOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        var next = TryFromLocal(midnight, zone, out var utc) ? utc.Ticks : FirstAfter(day, midnight, zone);
        return AsUtc(next - 1);
    }

    /// <summary>The day in the zone.</summary>
    public static DateOnly DayOf(DateTime utc, TimeZoneInfo zone) => DateOnly.FromDateTime(utc + zone.GetUtcOffset(utc));

    /// <summary>
    /// The first moment that clocks show the local time. By the offsets before and after it alone: <see cref="TimeZoneInfo.IsInvalidTime"/>
    /// knows no dates that a zone left out.
    /// </summary>
    static bool TryFromLocal(DateTime local, TimeZoneInfo zone, out DateTime utc)
    {
        var shown = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        var before = zone.GetUtcOffset(shown - widest);
        var after = zone.GetUtcOffset(shown + widest);
        var (first, second) = before >= after ? (before, after) : (after, before);
        utc = AsUtc(shown.Ticks - first.Ticks);
        if (zone.GetUtcOffset(utc) == first)
            return true;
        utc = AsUtc(shown.Ticks - second.Ticks);
        return zone.GetUtcOffset(utc) == second;
    }

    /// <summary>When clocks were set from a day, or from before it, to after it, in ticks.</summary>
    static long FirstAfter(DateOnly day, DateTime midnight, TimeZoneInfo zone)
    {
        // A day further, for the dates that were left out.
        var (low, high) = (midnight.Ticks - widest.Ticks, midnight.Ticks + widest.Ticks + TimeSpan.TicksPerDay);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (DayOf(new(middle, DateTimeKind.Utc), zone) > day)
                high = middle;
            else
                low = middle;
        }

        return high;
    }

    static DateTime AsUtc(long ticks) => new(ticks - ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    static bool TryParseTime(ReadOnlySpan<char> text, out TimeSpan time, out ReadOnlySpan<char> rest)
    {
        time = default;
        rest = default;
        if (text.Length < 5 || text[2] != ':' || !TryParseTwo(text, 23, out var hour) || !TryParseTwo(text[3..], 59, out var minute))
            return false;
        time = new(hour, minute, 0);
        rest = text[5..];
        if (rest.IsEmpty || rest[0] != ':')
            return true;

        if (!TryParseTwo(rest[1..], 59, out var second))
            return false;
        time = new(hour, minute, second);
        rest = rest[3..];
        if (rest.IsEmpty || rest[0] != '.')
            return true;

        var digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
            digits = rest.Length - 1;
        if (digits is < 1 or > 7)
            return false;
        var ticks = long.Parse(rest.Slice(1, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        for (var i = digits; i < 7; i++)
            ticks *= 10;
        time += new TimeSpan(ticks);
        rest = rest[(1 + digits)..];
        return true;
    }

    static bool TryParseOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "Z" or "z")
            return true;
        if (text is not ['+' or '-', _, _, ':', _, _])
            return false;
        if (!TryParseTwo(text[1..], 23, out var hours) || !TryParseTwo(text[4..], 59, out var minutes))
            return false;
        offset = new(hours, minutes, 0);
        if (text[0] == '-')
            offset = -offset;
        return true;
    }

    static bool TryParseTwo(ReadOnlySpan<char> text, int most, out int value)
    {
        value = 0;
        if (text.Length < 2 || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1]))
            return false;
        value = (text[0] - '0') * 10 + text[1] - '0';
        return value <= most;
    }

    /// <summary>As RFC 3339 writes it, with as many decimals of a second as it has.</summary>
    public static string Text(DateTime utc) => utc.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Of <see cref="Text"/>.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";
}
