namespace FunctionsApp.Core.Trains;

/// <summary>A coach: seats of one class, numbered from 1.</summary>
/// <param name="FarePerKm">For one passenger; the same in all coaches of a class.</param>
public sealed record Coach(string Name, string Class, int Seats, decimal FarePerKm);
