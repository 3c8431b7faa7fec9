namespace FunctionsApp.Functions.Parking;

/// <summary>What each kind of vehicle pays, regardless of the spot.</summary>
/// <param name="Motorcycle">The rate of motorcycles.</param>
/// <param name="Car">The rate of cars.</param>
/// <param name="Truck">The rate of trucks.</param>
public sealed record Rates(Rate Motorcycle, Rate Car, Rate Truck)
{
    public static Rates From(Core.Parking.Rates rates) => new(Rate.From(rates.Motorcycle), Rate.From(rates.Car), Rate.From(rates.Truck));

    public Core.Parking.Rates ToCore() => new(Motorcycle.ToCore(), Car.ToCore(), Truck.ToCore());
}
