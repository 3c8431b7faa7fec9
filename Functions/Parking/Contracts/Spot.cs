namespace FunctionsApp.Functions.Parking;

/// <summary>A spot of a lot.</summary>
/// <param name="Kind">The kind of spot.</param>
/// <param name="Number">The number of the spot within its kind, from 1 at the entrance.</param>
public sealed record Spot(Vehicle Kind, int Number)
{
    public static Spot From(Core.Parking.Spot spot) => new(Vehicles.From(spot.Kind), spot.Number);
}
