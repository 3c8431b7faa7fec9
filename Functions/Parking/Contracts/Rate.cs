namespace FunctionsApp.Functions.Parking;

/// <summary>What a kind of vehicle pays. An hour counts for the calendar day in which it starts.</summary>
/// <param name="GraceMinutes">Stays up to this many minutes are free: 0 to 1440.</param>
/// <param name="FirstHour">The price of the first started hour.</param>
/// <param name="FurtherHour">The price of each further started hour.</param>
/// <param name="DayCap">The maximum price of a calendar day.</param>
public sealed record Rate(int GraceMinutes, decimal FirstHour, decimal FurtherHour, decimal DayCap)
{
    public static Rate From(Core.Parking.Rate rate) => new(rate.GraceMinutes, rate.FirstHour, rate.FurtherHour, rate.DayCap);

    public Core.Parking.Rate ToCore() => new(GraceMinutes, FirstHour, FurtherHour, DayCap);
}

/// <summary>What each kind of vehicle pays, regardless of the spot.</summary>
/// <param name="Motorcycle">The rate of motorcycles.</param>
/// <param name="Car">The rate of cars.</param>
/// <param name="Truck">The rate of trucks.</param>
public sealed record Rates(Rate Motorcycle, Rate Car, Rate Truck)
{
    public static Rates From(Core.Parking.Rates rates) => new(Rate.From(rates.Motorcycle), Rate.From(rates.Car), Rate.From(rates.Truck));

    public Core.Parking.Rates ToCore() => new(Motorcycle.ToCore(), Car.ToCore(), Truck.ToCore());
}
