using System.Globalization;

namespace FunctionsApp.Core;

/// <summary>
/// Parses points in time: a time with an offset, a local time in a time zone, or a date, which means the end of that day. The results are
/// in UTC with a precision of microseconds.
/// </summary>
public static class Moment
{
    /// <summary>The error for an invalid moment.</summary>
    public const string Rule =
        "Must be a time with an offset (2024-03-01T09:15:32Z, 2024-03-01T09:15:32+05:30), a local time that exists in the time zone "
        + "(2024-03-01T09:15:32), "
        + "or a date (2024-03-01), in the years 1900 to 9998.";

    const int FirstYear = 1900,
        LastYear = 9998;

    /// <summary>More than the largest UTC offset of any time zone.</summary>
    static readonly TimeSpan widest = TimeSpan.FromHours(15);

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, TimeZoneInfo, out DateTime, out bool)"/>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTime utc) => TryParse(text, zone, out utc, out _);

    /// <summary>
    /// Parses RFC 3339 with <c>T</c> or a space. Seconds and their fraction (truncated to microseconds) are optional. Without an offset the
    /// text is a local time of the zone: the earlier one if it is ambiguous, and invalid if the zone skipped it. A date is the end of its
    /// day.
    /// </summary>
    /// <param name="isDate">Whether the text is a date without a time.</param>
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

    /// <summary>Parses <c>2024-03-01</c>, in the supported years.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, out DateOnly date)
    {
        date = default;
        return text is [_, _, _, _, '-', _, _, '-', _, _] && TryDate(text[..4], text[5..7], text[8..], out date);
    }

    /// <summary>Parses the digits of a year, month and day, in the supported years.</summary>
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

    /// <summary>Whether the date is in the supported years.</summary>
    public static bool Has(DateOnly date) => date.Year is >= FirstYear and <= LastYear;

    /// <summary>
    /// The last microsecond before the next day starts in the zone, in UTC. If that day starts twice because clocks are set back, the first
    /// start counts. A date that the zone skipped ends with the day before it.
    /// </summary>
    /// <param name="day">A date in the years 1900 to 9998.</param>
    public static DateTime EndOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        var next = TryFromLocal(midnight, zone, out var utc) ? utc.Ticks : FirstAfter(day, midnight, zone);
        return AsUtc(next - 1);
    }

    /// <summary>The date in the zone.</summary>
    public static DateOnly DayOf(DateTime utc, TimeZoneInfo zone) => DateOnly.FromDateTime(utc + zone.GetUtcOffset(utc));

    /// <summary>
    /// The first time at which clocks show the local time. It is computed from the offsets before and after it, because
    /// <see cref="TimeZoneInfo.IsInvalidTime"/> does not detect dates that a zone skipped.
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

    /// <summary>The time, in ticks, at which clocks were set forward past the end of a day.</summary>
    static long FirstAfter(DateOnly day, DateTime midnight, TimeZoneInfo zone)
    {
        // One more day, for skipped dates.
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

    /// <summary>Formats as RFC 3339, with as many decimals of a second as needed.</summary>
    public static string Text(DateTime utc) => utc.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The format of <see cref="Text"/>.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";
}
