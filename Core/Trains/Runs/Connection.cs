namespace FunctionsApp.Core.Trains;

/// <summary>A run that calls at both stations, with what is free between them.</summary>
public sealed record Connection(
    Guid RunId,
    string Number,
    string Name,
    DateOnly ServiceDate,
    int Starts,
    int Ends,
    DateTime? DepartsAt,
    DateTime? ArrivesAt,
    decimal DistanceKm,
    IReadOnlyList<ClassOnOffer> Classes
);

/// <param name="Free">Seats that are free on the whole segment.</param>
/// <param name="Fare">For one passenger.</param>
public sealed record ClassOnOffer(string Class, int Free, decimal Fare);
