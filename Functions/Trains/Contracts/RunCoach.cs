namespace FunctionsApp.Functions.Trains;

/// <summary>A coach of a run.</summary>
/// <param name="Coach">The label of the coach, unique in the run.</param>
/// <param name="Class">The class of the coach.</param>
/// <param name="Seats">The number of seats. They are numbered from 1.</param>
/// <param name="FarePerKm">The fare of one passenger per kilometer. All coaches of a class have the same fare.</param>
public sealed record RunCoach(string Coach, string Class, int Seats, decimal FarePerKm);
