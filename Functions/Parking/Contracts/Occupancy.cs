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

/// <summary>The occupancy of the spots of one kind.</summary>
/// <param name="Spots">The number of spots.</param>
/// <param name="Taken">The number of taken spots.</param>
/// <param name="Free">The number of free spots.</param>
public sealed record KindOccupancy(int Spots, int Taken, int Free)
{
    public static KindOccupancy From(Core.Parking.KindOccupancy occupancy) => new(occupancy.Spots, occupancy.Taken, occupancy.Free);
}
