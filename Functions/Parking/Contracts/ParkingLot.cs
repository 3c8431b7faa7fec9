namespace FunctionsApp.Functions.Parking;

/// <summary>A parking lot.</summary>
/// <param name="Id">The id of the lot.</param>
/// <param name="Name">The name of the lot.</param>
/// <param name="TimeZone">The IANA time zone that determines when a day begins.</param>
/// <param name="Rates">What each kind of vehicle pays.</param>
/// <param name="Occupancy">How many spots are taken.</param>
/// <param name="CreatedAt">When the lot was created.</param>
public sealed record ParkingLot(Guid Id, string Name, string TimeZone, Rates Rates, Occupancy Occupancy, DateTime CreatedAt)
{
    public static ParkingLot From(Core.Parking.ParkingLot lot) =>
        new(lot.Id, lot.Name, lot.TimeZone, Rates.From(lot.Rates), Occupancy.From(lot.Occupancy), lot.CreatedAt);
}
