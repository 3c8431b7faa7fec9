namespace FunctionsApp.Functions.Trains;

/// <summary>A seat.</summary>
/// <param name="Seat">The label of the seat.</param>
/// <param name="Coach">The label of its coach.</param>
/// <param name="Number">Its number in the coach.</param>
/// <param name="Class">Its class.</param>
/// <param name="Free">Whether it is free between the two stations.</param>
public sealed record SeatOnMap(string Seat, string Coach, int Number, string Class, bool Free);
