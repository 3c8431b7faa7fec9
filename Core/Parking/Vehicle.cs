namespace Core.Parking;

/// <summary>Kinds of vehicles and of the spots made for them, smallest first: a vehicle fits a spot of its own kind or a larger one.</summary>
public enum Vehicle : short
{
    Motorcycle,
    Car,
    Truck,
}
