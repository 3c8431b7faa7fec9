using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Parking;

namespace FunctionsApp.Core.Tests.Parking;

public sealed class ParkingFeeTests
{
    static readonly Rate Rate = new(15, 2.50m, 2.00m, 18.00m);

    // With clocks that change by an hour and by half of one, at midnight and just after it, and with a date that was left out.
    static readonly string[] Zones =
    [
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ];

    /// <summary>Hour by hour, and day by day of the dates that occurred.</summary>
    static decimal SlowFee(Rate rate, TimeZoneInfo zone, DateTime entered, DateTime exited)
    {
        if ((exited - entered).TotalMinutes <= rate.GraceMinutes)
            return 0;
        var charges = new List<(DateTime Day, decimal Charge)>();
        for (var start = entered; start < exited; start = start.AddHours(1))
        {
            charges.Add((TimeZoneInfo.ConvertTimeFromUtc(start, zone).Date, charges.Count == 0 ? rate.FirstHour : rate.FurtherHour));
        }

        return charges.GroupBy(one => one.Day).Sum(day => Math.Min(rate.DayCap, day.Sum(one => one.Charge)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15 * 60, 0)]
    [InlineData(15 * 60 + 1, 2.50)]
    [InlineData(3600, 2.50)]
    [InlineData(3601, 4.50)]
    [InlineData(3 * 3600, 6.50)]
    [InlineData(12 * 3600, 18)]
    [InlineData(24 * 3600, 36)]
    [InlineData(36 * 3600, 36)]
    public void A_stay_from_noon_costs(int seconds, decimal fee) =>
        Assert.Equal(fee, Fee(Rate, "UTC", "2026-03-01T12:00:00", TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void An_hour_is_charged_to_the_day_in_which_it_starts()
    {
        // From 22:30: two hours start before midnight, two after it.
        Assert.Equal(2 + 1 + 1 + 1, Fee(new(0, 2, 1, 3), "UTC", "2026-03-01T22:30:00", TimeSpan.FromHours(4)));
        Assert.Equal(2.5m + 1 + 1, Fee(new(0, 3, 1, 2.5m), "UTC", "2026-03-01T22:30:00", TimeSpan.FromHours(4)));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00", 23)]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00", 25)]
    [InlineData("Europe/Berlin", "2026-07-01T22:00:00", 24)]
    [InlineData("America/Sao_Paulo", "2018-02-17T02:00:00", 25)]
    [InlineData("America/Sao_Paulo", "2018-11-04T03:00:00", 23)]
    [InlineData("Pacific/Apia", "2011-12-29T10:00:00", 24)]
    public void A_day_on_which_clocks_change_has_its_own_number_of_hours(string zone, string midnight, int hours)
    {
        var rate = new Rate(0, 1, 1, 20);

        Assert.Equal(20, Fee(rate, zone, midnight, TimeSpan.FromHours(hours)));
        Assert.Equal(20 + 1, Fee(rate, zone, midnight, TimeSpan.FromHours(hours + 1)));
    }

    [Fact]
    public void A_stay_of_a_century_is_as_exact_as_a_short_one() =>
        Assert.Equal(
            36524 * 18m,
            Fee(
                Rate with
                {
                    FirstHour = 2,
                },
                "UTC",
                "2001-01-01T00:00:00",
                DateTime.Parse("2101-01-01", CultureInfo.InvariantCulture) - DateTime.Parse("2001-01-01", CultureInfo.InvariantCulture)
            )
        );

    [Fact]
    public void A_stay_with_an_exit_before_the_entry_is_free() =>
        Assert.Equal(0, Fee(Rate with { GraceMinutes = 0 }, "UTC", "2026-03-01T12:00:00", TimeSpan.FromSeconds(-1)));

    [Property(MaxTest = 1000)]
    public Property The_fee_equals_that_of_a_slow_step_by_step_calculation() =>
        Prop.ForAll(
            Stays,
            stay =>
                Assert.Equal(
                    SlowFee(stay.Rate, Zone(stay.Zone), stay.Entered, stay.Exited),
                    ParkingFee.Of(stay.Rate, Zone(stay.Zone), stay.Entered, stay.Exited)
                )
        );

    [Property]
    public Property A_longer_stay_never_costs_less() =>
        Prop.ForAll(
            Stays,
            Gen.Choose(0, 100_000).ToArbitrary(),
            (stay, seconds) =>
                Assert.True(
                    ParkingFee.Of(stay.Rate, Zone(stay.Zone), stay.Entered, stay.Exited)
                        <= ParkingFee.Of(stay.Rate, Zone(stay.Zone), stay.Entered, stay.Exited.AddSeconds(seconds))
                )
        );

    public sealed record Stay(Rate Rate, string Zone, DateTime Entered, DateTime Exited);

    static Arbitrary<Stay> Stays =>
        (
            from grace in Gen.Choose(0, 30)
            from first in Prices
            from further in Prices
            from cap in Prices
            from zone in Gen.Elements(Zones)
            from entered in Gen.Choose(0, 30 * 366 * 24 * 60)
            from seconds in Gen.Frequency((3, Gen.Choose(0, 3 * 86400)), (1, Gen.Choose(0, 400 * 86400)))
            let start = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(entered)
            select new Stay(new(grace, first, further, cap * 3), zone, start, start.AddSeconds(seconds))
        ).ToArbitrary();

    static Gen<decimal> Prices => Gen.Choose(0, 100_000).Select(units => units / 10_000m);

    static decimal Fee(Rate rate, string zone, string entered, TimeSpan stay) =>
        ParkingFee.Of(
            rate,
            Zone(zone),
            Utc(DateTime.Parse(entered, CultureInfo.InvariantCulture)),
            Utc(DateTime.Parse(entered, CultureInfo.InvariantCulture) + stay)
        );

    static TimeZoneInfo Zone(string id) => TimeZoneInfo.FindSystemTimeZoneById(id);

    static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);
}
