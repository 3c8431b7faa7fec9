using Core;
using Core.Trains;
using Functions.Hosting;

namespace Functions.Trains;

/// <param name="DistanceKm">From the first stop; rises from stop to stop.</param>
public sealed record RunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt = null, DateTimeOffset? DepartsAt = null);

/// <param name="Seats">How many; they are numbered from 1.</param>
/// <param name="FarePerKm">For one passenger; the same in all coaches of a class.</param>
public sealed record RunCoach(string Coach, string Class, int Seats, decimal FarePerKm);

public sealed record NewRun(string Number, string Name, DateOnly ServiceDate, IReadOnlyList<RunStop> Stops, IReadOnlyList<RunCoach> Coaches) : IExample<NewRun>
{
    static readonly DateTimeOffset Morning = new(2027, 1, 15, 6, 0, 0, TimeSpan.Zero);

    public static NewRun Example => new(
        "12610", "Chennai Express", new(2027, 1, 15),
        [new("Mysuru", 0, null, Morning), new("Bengaluru", 138.2m, Morning.AddHours(2), Morning.AddHours(2.25)), new("Chennai", 496, Morning.AddHours(8))],
        [new("A1", "2A", 46, 1.9m), new("B1", "3A", 64, 1.35m), new("B2", "3A", 64, 1.35m)]);

    public IReadOnlyList<Stop> CoreStops() => [.. NoNull("stops", Stops).Select(stop => new Stop(stop.Station, stop.ArrivesAt?.UtcDateTime, stop.DepartsAt?.UtcDateTime, stop.DistanceKm))];

    public IReadOnlyList<Coach> CoreCoaches() => [.. NoNull("coaches", Coaches).Select(coach => new Coach(coach.Coach, coach.Class, coach.Seats, coach.FarePerKm))];

    static IReadOnlyList<T> NoNull<T>(string field, IReadOnlyList<T> list)
    {
        var validation = new Validation();
        for (var i = 0; i < list.Count; i++) validation.Check($"{field}[{i}]", list[i] is null ? "May not be null." : null);
        validation.ThrowIfInvalid();
        return list;
    }
}

public enum RunStatus
{
    Scheduled,
    Cancelled,
}

/// <summary>A run: one train on one date.</summary>
public sealed record Run(Guid Id, string Number, string Name, DateOnly ServiceDate, RunStatus Status, IReadOnlyList<RunStop> Stops, IReadOnlyList<RunCoach> Coaches) : IExample<Run>
{
    public static Run Example => new(Examples.Id, NewRun.Example.Number, NewRun.Example.Name, NewRun.Example.ServiceDate, RunStatus.Scheduled, NewRun.Example.Stops, NewRun.Example.Coaches);

    public static Run Of((TrainRun Run, DateTime? CancelledAt) one) => new(
        one.Run.Id, one.Run.Number, one.Run.Name, one.Run.ServiceDate, one.CancelledAt is null ? RunStatus.Scheduled : RunStatus.Cancelled,
        [.. one.Run.Stops.Select(stop => new RunStop(stop.Station, stop.DistanceKm, stop.ArrivesAt, stop.DepartsAt))],
        [.. one.Run.Coaches.Select(coach => new RunCoach(coach.Name, coach.Class, coach.Seats, coach.FarePerKm))]);
}

/// <param name="Free">Seats that are free on the whole stretch.</param>
/// <param name="Fare">For one passenger.</param>
public sealed record ClassOffer(string Class, int Free, decimal Fare);

/// <summary>A run that calls at both stations.</summary>
public sealed record TrainConnection(Guid Id, string Number, string Name, DateOnly ServiceDate, DateTime? DepartsAt, DateTime? ArrivesAt, decimal DistanceKm, IReadOnlyList<ClassOffer> Classes) : IExample<TrainConnection>
{
    public static TrainConnection Example => new(Examples.Id, "12610", "Chennai Express", new(2027, 1, 15), Examples.Time, Examples.Time.AddHours(8), 496, [new("2A", 46, 942.40m)]);

    public static TrainConnection Of(Connection one) =>
        new(one.RunId, one.Number, one.Name, one.ServiceDate, one.DepartsAt, one.ArrivesAt, one.DistanceKm, [.. one.Classes.Select(offer => new ClassOffer(offer.Class, offer.Free, offer.Fare))]);
}

public sealed record SeatOnMap(string Seat, string Coach, int Number, string Class, bool Free);

/// <summary>All seats of a run, or of one class.</summary>
public sealed record SeatMap(IReadOnlyList<SeatOnMap> Seats) : IExample<SeatMap>
{
    public static SeatMap Example => new([new("A1-1", "A1", 1, "2A", true)]);

    public static SeatMap Of(IReadOnlyList<(Seat Seat, bool Free)> seats) => new([.. seats.Select(one => new SeatOnMap(one.Seat.Label, one.Seat.Coach, one.Seat.Number, one.Seat.Class, one.Free))]);
}
