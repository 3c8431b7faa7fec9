namespace FunctionsApp.Functions.Parking;

/// <summary>A spot of a lot.</summary>
/// <param name="Kind">The kind of spot.</param>
/// <param name="Number">The number of the spot within its kind, from 1 at the entrance.</param>
public sealed record Spot(Vehicle Kind, int Number)
{
    public static Spot From(Core.Parking.Spot spot) => new(Vehicles.From(spot.Kind), spot.Number);
}

/// <summary>The number of spots by kind.</summary>
/// <param name="Motorcycle">Spots for motorcycles.</param>
/// <param name="Car">Spots for cars.</param>
/// <param name="Truck">Spots for trucks.</param>
public sealed record Spots(int Motorcycle, int Car, int Truck)
{
    public Core.Parking.Spots ToCore() => new(Motorcycle, Car, Truck);
}
