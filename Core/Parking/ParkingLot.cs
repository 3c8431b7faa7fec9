namespace Core.Parking;

/// <summary>How many spots a lot has of each kind.</summary>
public sealed record Spots(int Motorcycle, int Car, int Truck);

/// <summary>What a vehicle of one kind pays. An hour is charged to the calendar day in which it starts.</summary>
/// <param name="GraceMinutes">A stay up to this long costs nothing.</param>
/// <param name="FirstHour">For the first started hour.</param>
/// <param name="FurtherHour">For each further started hour.</param>
/// <param name="DayCap">The most that a calendar day costs.</param>
public sealed record Rate(int GraceMinutes, decimal FirstHour, decimal FurtherHour, decimal DayCap);

/// <summary>What each kind of vehicle pays, in whatever spot it stands.</summary>
public sealed record Rates(Rate Motorcycle, Rate Car, Rate Truck);

/// <summary>How many spots of a kind there are, and how many are taken and free now.</summary>
public sealed record KindOccupancy(int Spots, int Taken)
{
    public int Free => Spots - Taken;
}

/// <summary>How full a lot is, by the kind of the spot.</summary>
public sealed record Occupancy(KindOccupancy Motorcycle, KindOccupancy Car, KindOccupancy Truck);

/// <summary>A lot as others see it.</summary>
/// <param name="TimeZone">IANA id: where a day begins.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record ParkingLot(Guid Id, string Name, string TimeZone, Rates Rates, Occupancy Occupancy, DateTime CreatedAt);
