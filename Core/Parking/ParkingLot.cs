namespace FunctionsApp.Core.Parking;

/// <summary>The number of spots by kind.</summary>
/// <param name="Motorcycle">Spots for motorcycles.</param>
/// <param name="Car">Spots for cars.</param>
/// <param name="Truck">Spots for trucks.</param>
public sealed record Spots(int Motorcycle, int Car, int Truck);

/// <summary>What a kind of vehicle pays. An hour counts for the calendar day in which it starts.</summary>
/// <param name="GraceMinutes">Stays up to this many minutes are free: 0 to 1440.</param>
/// <param name="FirstHour">The price of the first started hour.</param>
/// <param name="FurtherHour">The price of each further started hour.</param>
/// <param name="DayCap">The maximum price of a calendar day.</param>
public sealed record Rate(int GraceMinutes, decimal FirstHour, decimal FurtherHour, decimal DayCap);

/// <summary>What each kind of vehicle pays, regardless of the spot.</summary>
/// <param name="Motorcycle">The rate of motorcycles.</param>
/// <param name="Car">The rate of cars.</param>
/// <param name="Truck">The rate of trucks.</param>
public sealed record Rates(Rate Motorcycle, Rate Car, Rate Truck);

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
