using System.Globalization;
using System.Text;

namespace FunctionsApp.Core.Parking;

/// <summary>A lot to create, and its limits.</summary>
/// <param name="TimeZone">The IANA id of the time zone that determines when a day begins. UTC if null.</param>
public sealed record NewParkingLot(string Name, Spots Spots, Rates Rates, string? TimeZone = null)
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Of one kind.</summary>
    public const int MaxSpots = 100_000;

    public const int MaxGraceMinutes = 24 * 60;

    public const string DefaultTimeZone = "UTC";

    /// <summary>A price is less than this.</summary>
    public const decimal PriceLimit = 1_000_000_000;

    const int PriceDecimals = 4;

    /// <summary>The lot with its name trimmed and its time zone set.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with all fields.</exception>
    public NewParkingLot Checked()
    {
        var lot = this with { Name = Name.Trim(), TimeZone = TimeZone ?? DefaultTimeZone };
        var validation = new Validation()
            .Check("name", CheckName(lot.Name))
            .Check("spots", Spots is { Motorcycle: 0, Car: 0, Truck: 0 } ? "Must be at least one in total." : null)
            .Check("spots.motorcycle", CheckSpots(Spots.Motorcycle))
            .Check("spots.car", CheckSpots(Spots.Car))
            .Check("spots.truck", CheckSpots(Spots.Truck))
            .Check("time_zone", TimeZones.IsKnown(lot.TimeZone) ? null : "Is not the IANA id of a time zone, such as Europe/Berlin.");
        Check(validation, "rates.motorcycle", Rates.Motorcycle);
        Check(validation, "rates.car", Rates.Car);
        Check(validation, "rates.truck", Rates.Truck);
        validation.ThrowIfInvalid();
        return lot;
    }

    static void Check(Validation validation, string field, Rate rate) =>
        validation
            .Check(
                $"{field}.grace_minutes",
                rate.GraceMinutes is < 0 or > MaxGraceMinutes ? $"Must be between 0 and {MaxGraceMinutes}." : null
            )
            .Check($"{field}.first_hour", CheckPrice(rate.FirstHour))
            .Check($"{field}.further_hour", CheckPrice(rate.FurtherHour))
            .Check($"{field}.day_cap", CheckPrice(rate.DayCap));

    static string? CheckName(string name)
    {
        var runes = name.Length > 2 * MaxNameLength ? [] : name.EnumerateRunes().ToList();
        if (runes.Count is 0 or > MaxNameLength)
            return $"Must be 1 to {MaxNameLength} characters long.";
        return runes.TrueForAll(IsAllowed) ? null : "Must not contain control characters, line breaks or invisible characters.";
    }

    static bool IsAllowed(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    static string? CheckSpots(int spots) => spots is < 0 or > MaxSpots ? $"Must be between 0 and {MaxSpots}." : null;

    static string? CheckPrice(decimal price) =>
        price is < 0 or >= PriceLimit ? "Must be at least 0 and less than 1000000000."
        : decimal.Round(price, PriceDecimals) != price ? $"May have at most {PriceDecimals} decimals."
        : null;
}
