namespace FunctionsApp.Core.Parking;

/// <summary>A parking lot.</summary>
/// <param name="Id">The id of the lot.</param>
/// <param name="Name">The name of the lot.</param>
/// <param name="TimeZone">The IANA time zone that determines when a day begins.</param>
/// <param name="Rates">What each kind of vehicle pays.</param>
/// <param name="Occupancy">How many spots are taken.</param>
/// <param name="CreatedAt">When the lot was created.</param>
public sealed record ParkingLot(Guid Id, string Name, string TimeZone, Rates Rates, Occupancy Occupancy, DateTime CreatedAt)
{
    internal Spots Spots => new(Occupancy.Motorcycle.Spots, Occupancy.Car.Spots, Occupancy.Truck.Spots);

    /// <summary>The lot before the first vehicle.</summary>
    internal ParkingLot AsCreated() =>
        this with
        {
            Occupancy = new(Occupancy.Motorcycle with { Taken = 0 }, Occupancy.Car with { Taken = 0 }, Occupancy.Truck with { Taken = 0 }),
        };
}
