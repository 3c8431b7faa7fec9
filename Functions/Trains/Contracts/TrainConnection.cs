using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>A run that calls at both stations.</summary>
/// <param name="Id">The id of the run.</param>
/// <param name="Number">The number of the train.</param>
/// <param name="Name">The name of the train.</param>
/// <param name="ServiceDate">The date on which the train departs from its first stop.</param>
/// <param name="DepartsAt">When the train departs from the first of the two stations, or null if unknown.</param>
/// <param name="ArrivesAt">When the train arrives at the second of the two stations, or null if unknown.</param>
/// <param name="DistanceKm">The distance between the two stations in kilometers.</param>
/// <param name="Classes">The classes of the train.</param>
public sealed record TrainConnection(
    Guid Id,
    string Number,
    string Name,
    DateOnly ServiceDate,
    DateTime? DepartsAt,
    DateTime? ArrivesAt,
    decimal DistanceKm,
    IReadOnlyList<ClassOffer> Classes
) : IExample<TrainConnection>
{
    static readonly DateTime Morning = new(2030, 1, 15, 6, 0, 0, DateTimeKind.Utc);

    public static TrainConnection Example =>
        new(Examples.Id, "12610", "Chennai Express", new(2030, 1, 15), Morning, Morning.AddHours(8), 496, [new("2A", 46, 942.40m)]);

    public static TrainConnection From(Connection one) =>
        new(
            one.RunId,
            one.Number,
            one.Name,
            one.ServiceDate,
            one.DepartsAt,
            one.ArrivesAt,
            one.DistanceKm,
            [.. one.Classes.Select(offer => new ClassOffer(offer.Class, offer.Free, offer.Fare))]
        );
}

/// <summary>What a class offers between the two stations.</summary>
/// <param name="Class">The class.</param>
/// <param name="Free">The number of seats that are free for the whole journey.</param>
/// <param name="Fare">The fare of one passenger.</param>
public sealed record ClassOffer(string Class, int Free, decimal Fare);
