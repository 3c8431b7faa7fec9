using FunctionsApp.Core;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>A stop of a run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Null at the first stop.</param>
/// <param name="DepartsAt">When the train departs. Null at the last stop.</param>
public sealed record RunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt, DateTimeOffset? DepartsAt);

/// <summary>A stop of a new run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Leave it out for the first stop.</param>
/// <param name="DepartsAt">When the train departs. Leave it out for the last stop.</param>
public sealed record NewRunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt = null, DateTimeOffset? DepartsAt = null);

/// <summary>A coach of a run.</summary>
/// <param name="Coach">The label of the coach, unique in the run.</param>
/// <param name="Class">The class of the coach.</param>
/// <param name="Seats">The number of seats. They are numbered from 1.</param>
/// <param name="FarePerKm">The fare of one passenger per kilometer. All coaches of a class have the same fare.</param>
public sealed record RunCoach(string Coach, string Class, int Seats, decimal FarePerKm);

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
            validation.Check($"{field}[{i}]", list[i] is null ? "May not be null." : null);
        validation.ThrowIfInvalid();
        return list;
    }
}

/// <summary>The status of a run.</summary>
public enum RunStatus
{
    Scheduled,
    Cancelled,
}

/// <summary>A run: one train on one date.</summary>
/// <param name="Id">The id of the run.</param>
/// <param name="Number">The number of the train.</param>
/// <param name="Name">The name of the train.</param>
/// <param name="ServiceDate">The date on which the train departs from its first stop.</param>
/// <param name="Status">Whether the run takes place.</param>
/// <param name="Stops">The stops in their order.</param>
/// <param name="Coaches">The coaches.</param>
public sealed record Run(
    Guid Id,
    string Number,
    string Name,
    DateOnly ServiceDate,
    RunStatus Status,
    IReadOnlyList<RunStop> Stops,
    IReadOnlyList<RunCoach> Coaches
) : IExample<Run>
{
    public static Run Example =>
        new(
            Examples.Id,
            NewRun.Example.Number,
            NewRun.Example.Name,
            NewRun.Example.ServiceDate,
            RunStatus.Scheduled,
            [.. NewRun.Example.Stops.Select(stop => new RunStop(stop.Station, stop.DistanceKm, stop.ArrivesAt, stop.DepartsAt))],
            NewRun.Example.Coaches
        );

    public static Run Of((TrainRun Run, DateTime? CancelledAt) one) =>
        new(
            one.Run.Id,
            one.Run.Number,
            one.Run.Name,
            one.Run.ServiceDate,
            one.CancelledAt is null ? RunStatus.Scheduled : RunStatus.Cancelled,
            [.. one.Run.Stops.Select(stop => new RunStop(stop.Station, stop.DistanceKm, stop.ArrivesAt, stop.DepartsAt))],
            [.. one.Run.Coaches.Select(coach => new RunCoach(coach.Name, coach.Class, coach.Seats, coach.FarePerKm))]
        );
}

/// <summary>What a class offers between the two stations.</summary>
/// <param name="Class">The class.</param>
/// <param name="Free">The number of seats that are free all the way.</param>
/// <param name="Fare">The fare of one passenger.</param>
public sealed record ClassOffer(string Class, int Free, decimal Fare);

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

    public static TrainConnection Of(Connection one) =>
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

/// <summary>A seat.</summary>
/// <param name="Seat">The label of the seat.</param>
/// <param name="Coach">The label of its coach.</param>
/// <param name="Number">Its number in the coach.</param>
/// <param name="Class">Its class.</param>
/// <param name="Free">Whether it is free between the two stations.</param>
public sealed record SeatOnMap(string Seat, string Coach, int Number, string Class, bool Free);

/// <summary>The seats of a run.</summary>
/// <param name="Seats">The seats, by coach and number.</param>
public sealed record SeatMap(IReadOnlyList<SeatOnMap> Seats) : IExample<SeatMap>
{
    public static SeatMap Example => new([new("A1-1", "A1", 1, "2A", true)]);

    public static SeatMap Of(IReadOnlyList<(Seat Seat, bool Free)> seats) =>
        new([.. seats.Select(one => new SeatOnMap(one.Seat.Label, one.Seat.Coach, one.Seat.Number, one.Seat.Class, one.Free))]);
}
