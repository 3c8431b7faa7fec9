namespace FunctionsApp.Core.Trains;

/// <summary>A seat and one segment on which it is free, as long as possible.</summary>
public readonly record struct FreeSeat(Seat Seat, Segment Free);
