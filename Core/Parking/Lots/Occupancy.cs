namespace FunctionsApp.Core.Parking;

/// <summary>The occupancy of the spots of one kind.</summary>
/// <param name="Spots">The number of spots.</param>
/// <param name="Taken">The number of taken spots.</param>
public sealed record KindOccupancy(int Spots, int Taken)
{
    /// <summary>The number of free spots.</summary>
    public int Free => Spots - Taken;
}

/// <summary>The occupancy of a lot by kind of spot.</summary>
/// <param name="Motorcycle">Spots for motorcycles.</param>
/// <param name="Car">Spots for cars.</param>
/// <param name="Truck">Spots for trucks.</param>
public sealed record Occupancy(KindOccupancy Motorcycle, KindOccupancy Car, KindOccupancy Truck);
