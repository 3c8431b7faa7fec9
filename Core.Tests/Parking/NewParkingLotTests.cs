using FunctionsApp.Core.Parking;

namespace FunctionsApp.Core.Tests.Parking;

public sealed class NewParkingLotTests
{
    static readonly Rate Rate = new(15, 2.50m, 2.00m, 18.00m);

    static readonly NewParkingLot Good = new(" Central Station ", new(0, 1, 0), new(Rate, Rate, Rate));

    [Fact]
    public void The_name_is_trimmed_and_the_zone_is_UTC_when_left_out()
    {
        var lot = Good.Checked();

        Assert.Equal(("Central Station", "UTC"), (lot.Name, lot.TimeZone));
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+5")]
    public void IANA_ids_are_time_zones(string id) => Assert.Equal(id, (Good with { TimeZone = id }).Checked().TimeZone);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("Mars/Olympus_Mons")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("../../etc/passwd")]
    [InlineData("/usr/share/zoneinfo/UTC")]
    [InlineData("Europe")]
    [InlineData("Europe/../UTC")]
    [InlineData("zone.tab")]
    [InlineData("tzdata.zi")]
    [InlineData("localtime")]
    [InlineData("Local")]
    [InlineData("UTC\n")]
    public void Unknown_time_zone_ids_are_refused(string id) => Refused(Good with { TimeZone = id }, "time_zone");

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\u0007b")]
    [InlineData("a\nb")]
    [InlineData("a\u202Eb")]
    public void A_name_with_invisible_characters_is_refused(string name) => Refused(Good with { Name = name }, "name");

    [Fact]
    public void A_name_has_at_most_200_characters()
    {
        Assert.Equal(400, (Good with { Name = string.Concat(Enumerable.Repeat("🚗", 200)) }).Checked().Name.Length);
        Refused(Good with { Name = new string('a', 201) }, "name");
    }

    [Fact]
    public void Spots_are_0_to_100000_of_a_kind_and_at_least_one()
    {
        Refused(Good with { Spots = new(0, 0, 0) }, "spots");
        Refused(Good with { Spots = new(-1, 100_001, 1) }, "spots.motorcycle", "spots.car");
        _ = (Good with { Spots = new(100_000, 100_000, 100_000) }).Checked();
    }

    [Fact]
    public void Every_rate_that_is_out_of_bounds_is_named()
    {
        Refused(
            Good with
            {
                Rates = new(new(-1, -0.01m, 0.00001m, 1_000_000_000), Rate, Rate with { GraceMinutes = 1441 }),
            },
            "rates.motorcycle.grace_minutes",
            "rates.motorcycle.first_hour",
            "rates.motorcycle.further_hour",
            "rates.motorcycle.day_cap",
            "rates.truck.grace_minutes"
        );
        _ = (Good with { Rates = new(new(0, 0, 0, 0), new(1440, 999_999_999.9999m, 0.0001m, 1.000000m), Rate) }).Checked();
    }

    static void Refused(NewParkingLot lot, params string[] fields) =>
        Assert.Equal(fields.Order(), Assert.Throws<RefusedException>(() => lot.Checked()).Errors.Keys.Order());
}
