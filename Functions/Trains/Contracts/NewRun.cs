using FunctionsApp.Core;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>A new run: one train on one date.</summary>
/// <param name="Number">The number of the train.</param>
/// <param name="Name">The name of the train.</param>
/// <param name="ServiceDate">The date on which the train departs from its first stop.</param>
/// <param name="Stops">2 to 64 stops in their order.</param>
/// <param name="Coaches">The coaches. A run has at most 2,000 seats.</param>
public sealed record NewRun(
    string Number,
    string Name,
    DateOnly ServiceDate,
    IReadOnlyList<NewRunStop> Stops,
    IReadOnlyList<RunCoach> Coaches
) : IExample<NewRun>
{
    static readonly DateTimeOffset Morning = new(2030, 1, 15, 6, 0, 0, TimeSpan.Zero);

    public static NewRun Example =>
        new(
            "12610",
            "Chennai Express",
            new(2030, 1, 15),
            [
                new("Mysuru", 0, null, Morning),
                new("Bengaluru", 138.2m, Morning.AddHours(2), Morning.AddHours(2.25)),
                new("Chennai", 496, Morning.AddHours(8)),
            ],
            [new("A1", "2A", 46, 1.9m), new("B1", "3A", 64, 1.35m), new("B2", "3A", 64, 1.35m)]
        );

    public IReadOnlyList<Stop> CoreStops() =>
        [
            .. NoNull("stops", Stops)
                .Select(stop => new Stop(stop.Station, stop.ArrivesAt?.UtcDateTime, stop.DepartsAt?.UtcDateTime, stop.DistanceKm)),
        ];

    public IReadOnlyList<Coach> CoreCoaches() =>
        [.. NoNull("coaches", Coaches).Select(coach => new Coach(coach.Coach, coach.Class, coach.Seats, coach.FarePerKm))];

    static IReadOnlyList<T> NoNull<T>(string field, IReadOnlyList<T> list)
    {
        var validation = new Validation();
        for (var i = 0; i < list.Count; i++)
            validation.Check($"{field}[{i}]", list[i] is null ? "Must not be null." : null);
        validation.ThrowIfInvalid();
        return list;
    }
}

/// <summary>A stop of a new run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Leave it out for the first stop.</param>
/// <param name="DepartsAt">When the train departs. Leave it out for the last stop.</param>
public sealed record NewRunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt = null, DateTimeOffset? DepartsAt = null);
