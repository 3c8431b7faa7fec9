namespace FunctionsApp.Functions.Parking;

/// <summary>The occupancy of the spots of one kind.</summary>
/// <param name="Spots">The number of spots.</param>
/// <param name="Taken">The number of taken spots.</param>
/// <param name="Free">The number of free spots.</param>
public sealed record KindOccupancy(int Spots, int Taken, int Free)
{
    public static KindOccupancy From(Core.Parking.KindOccupancy occupancy) => new(occupancy.Spots, occupancy.Taken, occupancy.Free);
}
