using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Parking;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Parking;

/// <summary>A new parking lot.</summary>
/// <param name="Name">The name of the lot.</param>
/// <param name="Spots">The number of spots: 0 to 100,000 of each kind, at least one in total.</param>
/// <param name="Rates">What each kind of vehicle pays. Prices are at least 0 and below 1,000,000,000, with at most 4 decimals.</param>
/// <param name="TimeZone">The IANA time zone that determines when a day begins. The default is `UTC`.</param>
public sealed record NewLot(
    [property: StringLength(NewParkingLot.MaxNameLength, MinimumLength = 1)] string Name,
    Spots Spots,
    Rates Rates,
    string? TimeZone = null
) : IExample<NewLot>
{
    public static NewLot Example =>
        new(
            "Central Station",
            new(20, 150, 10),
            new(new(15, 0.50m, 0.50m, 4.00m), new(15, 2.50m, 2.00m, 18.00m), new(15, 5.00m, 4.00m, 36.00m)),
            "Europe/Berlin"
        );

    public NewParkingLot ToCore() => new(Name, Spots.ToCore(), Rates.ToCore(), TimeZone);
}
