using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

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

    public static Run From((TrainRun Run, DateTime? CancelledAt) one) =>
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

/// <summary>A stop of a run.</summary>
/// <param name="Station">The name of the station.</param>
/// <param name="DistanceKm">The distance from the first stop in kilometers. It increases from stop to stop.</param>
/// <param name="ArrivesAt">When the train arrives. Null at the first stop.</param>
/// <param name="DepartsAt">When the train departs. Null at the last stop.</param>
public sealed record RunStop(string Station, decimal DistanceKm, DateTimeOffset? ArrivesAt, DateTimeOffset? DepartsAt);

/// <summary>The status of a run.</summary>
public enum RunStatus
{
    Scheduled,
    Cancelled,
}
