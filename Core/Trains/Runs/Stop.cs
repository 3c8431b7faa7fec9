namespace FunctionsApp.Core.Trains;

/// <summary>A stop of a run.</summary>
/// <param name="DistanceKm">From the first stop, in kilometers; rises from stop to stop.</param>
public sealed record Stop(string Station, DateTime? ArrivesAt, DateTime? DepartsAt, decimal DistanceKm);
