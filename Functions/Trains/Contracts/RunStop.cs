namespace FunctionsApp.Functions.Trains;

/// <summary>A stop of a run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Null at the first stop.</param>
/// <param name="DepartsAt">When the train departs. Null at the last stop.</param>
public sealed record RunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt, DateTimeOffset? DepartsAt);
