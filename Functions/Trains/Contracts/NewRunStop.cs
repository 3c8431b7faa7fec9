namespace FunctionsApp.Functions.Trains;

/// <summary>A stop of a new run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Leave it out for the first stop.</param>
/// <param name="DepartsAt">When the train departs. Leave it out for the last stop.</param>
public sealed record NewRunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt = null, DateTimeOffset? DepartsAt = null);
