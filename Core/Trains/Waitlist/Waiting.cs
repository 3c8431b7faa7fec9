namespace FunctionsApp.Core.Trains;

/// <summary>A waitlisted ticket that wants seats.</summary>
public sealed record Waiting(Guid Id, Guid UserId, Segment Segment, int Passengers);
