namespace FunctionsApp.Core.Trains;

/// <summary>Whether a run still has seats or a place on the waitlist for a request, according to one read.</summary>
/// <param name="Cancelled">The run is cancelled.</param>
/// <param name="SoldOut">There are not enough seats free on the segment, and the waitlist is full.</param>
public sealed record Availability(bool Cancelled, bool SoldOut);
