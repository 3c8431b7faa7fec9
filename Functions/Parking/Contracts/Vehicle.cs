namespace FunctionsApp.Functions.Parking;

/// <summary>A kind of vehicle, or of spot. A vehicle fits a spot of its own kind or a larger one.</summary>
public enum Vehicle
{
    Motorcycle,
    Car,
    Truck,
}

/// <summary>Kinds of vehicles between the API and the core.</summary>
public static class Vehicles
{
    public static Vehicle From(Core.Parking.Vehicle vehicle) =>
        vehicle switch
        {
            Core.Parking.Vehicle.Motorcycle => Vehicle.Motorcycle,
            Core.Parking.Vehicle.Car => Vehicle.Car,
            Core.Parking.Vehicle.Truck => Vehicle.Truck,
            _ => throw new ArgumentOutOfRangeException(nameof(vehicle), vehicle, null),
        };

    public static Core.Parking.Vehicle ToCore(this Vehicle vehicle) =>
        vehicle switch
        {
            Vehicle.Motorcycle => Core.Parking.Vehicle.Motorcycle,
            Vehicle.Car => Core.Parking.Vehicle.Car,
            Vehicle.Truck => Core.Parking.Vehicle.Truck,
            _ => throw new ArgumentOutOfRangeException(nameof(vehicle), vehicle, null),
        };
}
