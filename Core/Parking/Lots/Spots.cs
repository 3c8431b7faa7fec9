namespace FunctionsApp.Core.Parking;

/// <summary>The number of spots by kind.</summary>
/// <param name="Motorcycle">Spots for motorcycles.</param>
/// <param name="Car">Spots for cars.</param>
/// <param name="Truck">Spots for trucks.</param>
public sealed record Spots(int Motorcycle, int Car, int Truck);
