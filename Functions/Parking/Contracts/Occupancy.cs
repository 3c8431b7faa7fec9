namespace FunctionsApp.Functions.Parking;

/// <summary>The occupancy of a lot by kind of spot.</summary>
/// <param name="Motorcycle">Spots for motorcycles.</param>
/// <param name="Car">Spots for cars.</param>
/// <param name="Truck">Spots for trucks.</param>
public sealed record Occupancy(KindOccupancy Motorcycle, KindOccupancy Car, KindOccupancy Truck)
{
    public static Occupancy From(Core.Parking.Occupancy occupancy) =>
        new(KindOccupancy.From(occupancy.Motorcycle), KindOccupancy.From(occupancy.Car), KindOccupancy.From(occupancy.Truck));
}
