using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FunctionsApp.Core.Tests;

public sealed class MomentTests
{
    // Clock changes of an hour, half an hour and a whole day, at midnight and just after it, and offsets at both ends of the range.
    static readonly string[] Zones =
    [
        "UTC",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Europe/Berlin",
        "Europe/Lisbon",
        "America/New_York",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Africa/Cairo",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Pacific/Kwajalein",
        "Pacific/Pago_Pago",
        "Antarctica/Troll",
        "Africa/Casablanca",
        "Asia/Tehran",
    ];

    /// <summary>The dates that a zone skipped when it moved to the other side of the date line.</summary>
    static readonly Dictionary<string, DateOnly[]> Skipped = new()
    {
        ["Pacific/Apia"] = [new(2011, 12, 30)],
        ["Pacific/Kiritimati"] = [new(1994, 12, 31)],
        ["Pacific/Kwajalein"] = [new(1993, 8, 21)],
    };

    [Theory]
    [InlineData("2024-03-01T09:15:32Z", "2024-03-01T09:15:32.0000000Z")]
    [InlineData("2024-03-01t09:15:32z", "2024-03-01T09:15:32.0000000Z")]
    [InlineData("2024-03-01T09:15:32+05:30", "2024-03-01T03:45:32.0000000Z")]
    [InlineData("2024-03-01 09:15:32-05:30", "2024-03-01T14:45:32.0000000Z")]
    [InlineData("2024-03-01T09:15Z", "2024-03-01T09:15:00.0000000Z")]
    [InlineData("2024-03-01T09:15+00:00", "2024-03-01T09:15:00.0000000Z")]
    [InlineData("2024-03-01T09:15:32.5Z", "2024-03-01T09:15:32.5000000Z")]
    [InlineData("2024-03-01T09:15:32.1234567Z", "2024-03-01T09:15:32.1234560Z")]
    [InlineData("2024-02-29T23:59:59.9999999+00:00", "2024-02-29T23:59:59.9999990Z")]
    [InlineData("1900-01-01T00:00:00+14:00", "1899-12-31T10:00:00.0000000Z")]
    [InlineData("9998-12-31T23:59:59-14:00", "9999-01-01T13:59:59.0000000Z")]
    [InlineData("2024-03-01T09:15:32", "2024-03-01T03:45:32.0000000Z")]
    [InlineData("2024-03-01 09:15", "2024-03-01T03:45:00.0000000Z")]
    [InlineData("2024-03-01 09:15:32.25", "2024-03-01T03:45:32.2500000Z")]
    [InlineData("2024-03-01", "2024-03-01T18:29:59.9999990Z")]
    [InlineData("2024-02-29", "2024-02-29T18:29:59.9999990Z")]
    [InlineData("1950-01-01", "1950-01-01T18:29:59.9999990Z")]
    [InlineData("9998-12-31", "9998-12-31T18:29:59.9999990Z")]
    public void Times_in_India_are_converted_to_UTC(string text, string utc)
    {
        Assert.True(Moment.TryParse(text, Zone("Asia/Kolkata"), out var moment));
        Assert.Equal((utc, DateTimeKind.Utc), (moment.ToString("O", CultureInfo.InvariantCulture), moment.Kind));
        Assert.True(Moment.TryParse(text, Zone("Asia/Kolkata"), out _, out var isDate));
        Assert.Equal(text.Length == 10, isDate);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("now")]
    [InlineData("31-02")]
    [InlineData("2024-02-30")]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-00-01")]
    [InlineData("03/01/2024")]
    [InlineData("01-03-2024")]
    [InlineData("2024/03/01")]
    [InlineData("2024-3-1")]
    [InlineData("20240301")]
    [InlineData("20240301T091532Z")]
    [InlineData("2024-03-01Z")]
    [InlineData("2024-03-01+05:30")]
    [InlineData("2024-03-01T")]
    [InlineData("2024-03-01T09Z")]
    [InlineData("2024-03-01T9:15Z")]
    [InlineData("2024-03-01T24:00Z")]
    [InlineData("2024-03-01T23:60Z")]
    [InlineData("2024-03-01T23:59:60Z")]
    [InlineData("2024-03-01T09:15:Z")]
    [InlineData("2024-03-01T09:15:32.Z")]
    [InlineData("2024-03-01T09:15:32,5Z")]
    [InlineData("2024-03-01T09:15:32.12345678Z")]
    [InlineData("2024-03-01T09:15.5Z")]
    [InlineData("2024-03-01T09:15:32 Z")]
    [InlineData("2024-03-01T09:15:32+0530")]
    [InlineData("2024-03-01T09:15:32+05")]
    [InlineData("2024-03-01T09:15:32+24:00")]
    [InlineData("2024-03-01T09:15:32+05:60")]
    [InlineData("2024-03-01T09:15:32 PM")]
    [InlineData("2024-03-01 09:15:32 Asia/Kolkata")]
    [InlineData(" 2024-03-01")]
    [InlineData("2024-03-01 ")]
    [InlineData("2024-03-01T09:15:32Z\n")]
    [InlineData("٢٠٢٤-٠٣-٠١")]
    [InlineData("2024-03-01T٠٩:١٥Z")]
    [InlineData("1899-12-31")]
    [InlineData("9999-01-01")]
    [InlineData("9999-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("1709284532")]
    public void Invalid_times_are_refused(string text) => Assert.False(Moment.TryParse(text, Zone("Asia/Kolkata"), out _));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29T02:00:00")]
    [InlineData("Europe/Berlin", "2026-03-29T02:59:59.999999")]
    [InlineData("America/Sao_Paulo", "2018-11-04T00:30")]
    [InlineData("Australia/Lord_Howe", "2025-10-05T02:15")]
    [InlineData("Pacific/Apia", "2011-12-30T00:00")]
    [InlineData("Pacific/Apia", "2011-12-30T12:00")]
    [InlineData("Pacific/Apia", "2011-12-30T23:59:59.999999")]
    public void A_skipped_local_time_is_refused(string zone, string text) => Assert.False(Moment.TryParse(text, Zone(zone), out _));

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z")]
    [InlineData("Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z")]
    [InlineData("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z")]
    [InlineData("America/St_Johns", "2010-11-06T23:30:00", "2010-11-07T02:00:00Z")]
    [InlineData("America/St_Johns", "2010-11-07T00:00:30", "2010-11-07T02:30:30Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z")]
    public void An_ambiguous_local_time_is_the_earlier_one(string zone, string text, string utc)
    {
        Assert.True(Moment.TryParse(text, Zone(zone), out var moment));
        Assert.Equal(utc, moment.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("UTC", "2024-03-01", "2024-03-02T00:00:00Z")]
    [InlineData("America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00Z")]
    [InlineData("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z")]
    [InlineData("Africa/Cairo", "2024-04-25", "2024-04-25T22:00:00Z")]
    [InlineData("Africa/Cairo", "2024-10-31", "2024-10-31T22:00:00Z")]
    [InlineData("America/St_Johns", "2010-11-06", "2010-11-07T02:30:00Z")]
    [InlineData("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-31", "2011-12-31T10:00:00Z")]
    public void The_end_of_a_day_is_right_before_the_next_day_starts(string zone, string day, string utc) =>
        Assert.Equal(
            utc,
            Moment
                .EndOf(DateOnly.Parse(day, CultureInfo.InvariantCulture), Zone(zone))
                .AddMicroseconds(1)
                .ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture)
                .Replace(".Z", "Z")
        );

    [Fact]
    public void A_skipped_date_ends_with_the_day_before_it()
    {
        var zone = Zone("Pacific/Apia");

        Assert.Equal(Moment.EndOf(new(2011, 12, 29), zone), Moment.EndOf(new(2011, 12, 30), zone));
        // The date has no time at all, so it ends with the day before it.
        Assert.Equal(new(2011, 12, 29), Moment.DayOf(Moment.EndOf(new(2011, 12, 30), zone), zone));
        Assert.True(Moment.TryParse("2011-12-30", zone, out var utc, out var isDate));
        Assert.Equal((Moment.EndOf(new(2011, 12, 29), zone), true), (utc, isDate));
    }

    [Fact]
    public void Each_day_ends_on_its_own_date_and_after_the_previous_one()
    {
        foreach (var id in Zones)
        {
            var (zone, before) = (Zone(id), DateTime.MinValue);
            for (var day = new DateOnly(1980, 1, 1); day.Year < 2045; day = day.AddDays(1))
            {
                var end = Moment.EndOf(day, zone);
                var leftOut = Skipped.TryGetValue(id, out var days) && days.Contains(day);
                Assert.True(leftOut ? end == before : end > before, $"{id} {day:O}: {end:O} is after {before:O}");
                Assert.True(leftOut || Moment.DayOf(end, zone) == day, $"{id} {day:O}: {end:O} is on {Moment.DayOf(end, zone):O}");
                Assert.True(Moment.DayOf(end.AddMicroseconds(1), zone) > day, $"{id} {day:O}: {end:O} is not its end");
                before = end;
            }
        }
    }

    [Property(MaxTest = 2000)]
    public Property Local_times_are_read_in_the_order_of_their_days(int one, int other) =>
        Prop.ForAll(
            Gen.Elements(Zones).ToArbitrary(),
            id =>
            {
                var (zone, first, second) = (Zone(id), Local(one), Local(other));
                if (!Moment.TryParse($"{first:s}", zone, out var at, out _) || !Moment.TryParse($"{second:s}", zone, out var then, out _))
                    return;
                Assert.Equal(first, TimeZoneInfo.ConvertTimeFromUtc(at, zone));
                Assert.Equal(DateOnly.FromDateTime(first), Moment.DayOf(at, zone));
                Assert.True(at <= Moment.EndOf(DateOnly.FromDateTime(first), zone));
                if (first.Date < second.Date)
                    Assert.True(Moment.EndOf(DateOnly.FromDateTime(first), zone) < then);
            }
        );

    [Property(MaxTest = 2000)]
    public Property Any_moment_written_with_an_offset_is_read_back_unchanged(int seconds) =>
        Prop.ForAll(
            Gen.Choose(-14 * 60, 14 * 60).ToArbitrary(),
            Gen.Choose(0, 999_999).ToArbitrary(),
            (minutes, micros) =>
            {
                var moment = new DateTimeOffset(Local(seconds), TimeSpan.Zero)
                    .AddMicroseconds(micros)
                    .ToOffset(TimeSpan.FromMinutes(minutes));

                Assert.True(Moment.TryParse(moment.ToString("O", CultureInfo.InvariantCulture), TimeZoneInfo.Utc, out var utc));
                Assert.Equal(moment.UtcDateTime, utc);
            }
        );

    [Property(MaxTest = 2000)]
    public void Any_other_text_is_refused_without_an_exception(string? text, int seconds, int at)
    {
        text ??= "";
        Moment.TryParse(text, Zone("Europe/Berlin"), out _);
        var moment = $"{Local(seconds):s}+01:00";
        Moment.TryParse(moment.Insert(Math.Abs(at % moment.Length), text), Zone("Europe/Berlin"), out _);
        Moment.TryParse(moment[..Math.Abs(at % moment.Length)] + text, Zone("Europe/Berlin"), out _);
    }

    /// <summary>A time in the years 1980 to 2040, preferably close to a clock change.</summary>
    static DateTime Local(int seed)
    {
        var random = new Random(seed);
        return random.Next(3) == 0
            ? new DateTime(2010, 11, 7).AddSeconds(random.Next(-86400, 86400))
            : new DateTime(1980, 1, 1).AddSeconds(random.NextInt64(60L * 365 * 86400));
    }

    static TimeZoneInfo Zone(string id) => TimeZoneInfo.FindSystemTimeZoneById(id);
}
