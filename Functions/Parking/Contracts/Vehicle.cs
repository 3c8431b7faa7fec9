namespace FunctionsApp.Functions.Parking;

/// <summary>A kind of vehicle, or of spot. A vehicle fits a spot of its own kind or a larger one.</summary>
public enum Vehicle
{
    Motorcycle,
    Car,
    Truck,
}
