namespace FunctionsApp.Functions.Trains;

/// <summary>What a class offers between the two stations.</summary>
/// <param name="Class">The class.</param>
/// <param name="Free">The number of seats that are free all the way.</param>
/// <param name="Fare">The fare of one passenger.</param>
public sealed record ClassOffer(string Class, int Free, decimal Fare);
