namespace FunctionsApp.Core.Trains;

/// <summary>One train on one date. It never changes, except that it can be cancelled.</summary>
/// <param name="Stops">2 to <see cref="MaxStops"/>, in the order of the journey.</param>
public sealed record TrainRun(
    Guid Id,
    string Number,
    string Name,
    DateOnly ServiceDate,
    IReadOnlyList<Stop> Stops,
    IReadOnlyList<Coach> Coaches
)
{
    public const int MaxStops = 64,
        MaxSeats = 2000;

    const int MaxClassesListed = 20;

    readonly Dictionary<string, int> stations = Stops
        .Select((stop, i) => (stop, i))
        .ToDictionary(one => TrainName.Key(one.stop.Station), one => one.i);

    /// <summary>The seats, the one with ordinal n at index n − 1.</summary>
    public IReadOnlyList<Seat> Seats { get; } =
    [
        .. Coaches
            .SelectMany(coach => Enumerable.Range(1, coach.Seats), (coach, number) => (coach, number))
            .Select((one, i) => new Seat(i + 1, one.coach.Class, one.coach.Name, one.number)),
    ];

    /// <summary>Fare for one kilometer and passenger, by class.</summary>
    public IReadOnlyDictionary<string, decimal> Fares { get; } =
        Coaches.DistinctBy(coach => coach.Class).ToDictionary(coach => coach.Class, coach => coach.FarePerKm);

    /// <summary>The segment between two stations.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> when the run does not call at both in that order.</exception>
    public Segment Between(string from, string to)
    {
        int starts = IndexOf(from),
            ends = IndexOf(to);
        new Validation()
            .Check("from", TrainName.Problem(from) ?? (starts < 0 ? "The train does not stop there." : null))
            .Check(
                "to",
                TrainName.Problem(to)
                    ?? (
                        ends < 0 ? "The train does not stop there."
                        : starts == ends ? "Must not be the station of departure."
                        : starts > ends && starts >= 0 ? "The train stops there before the station of departure."
                        : null
                    )
            )
            .ThrowIfInvalid();
        return new(starts, ends);
    }

    /// <summary>The class as the run spells it.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> when the train has no such class.</exception>
    public string ClassNamed(string name)
    {
        if (KeyOf(name) is { } key && Fares.Keys.FirstOrDefault(one => TrainName.Key(one) == key) is { } found)
            return found;
        var some = string.Join(", ", Fares.Keys.Take(MaxClassesListed));
        throw RefusedException.Invalid(
            "class",
            $"The train has no such class. It has {some}{(Fares.Count > MaxClassesListed ? " and more" : "")}."
        );
    }

    /// <summary>The fare of a segment, rounded to hundredths, halves away from zero.</summary>
    public decimal Fare(string @class, Segment segment, int passengers) =>
        decimal.Round(Fares[@class] * (Stops[segment.Ends].DistanceKm - Stops[segment.Starts].DistanceKm), 2, MidpointRounding.AwayFromZero)
        * passengers;

    /// <summary>
    /// When the train leaves a stop; if that is unknown, the last known time before it, or else the start of the service date
    /// (UTC).
    /// </summary>
    public DateTime DepartureFrom(int stop) =>
        Stops.Take(stop + 1).Reverse().Select(one => one.DepartsAt ?? one.ArrivesAt).FirstOrDefault(time => time is not null)
        ?? ServiceDate.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    /// <summary>
    /// Whether the train has left a stop. Without a known departure time it has from the second day after its service
    /// date.
    /// </summary>
    public bool HasLeft(int stop, DateTime now) =>
        DepartureFrom(stop) < now && (Stops[stop].DepartsAt is not null || ServiceDate < DateOnly.FromDateTime(now).AddDays(-1));

    /// <summary>Whether both are the same except for their ids.</summary>
    public bool IsSameAs(TrainRun other) =>
        (Number, Name, ServiceDate) == (other.Number, other.Name, other.ServiceDate)
        && Stops.SequenceEqual(other.Stops)
        && Coaches.SequenceEqual(other.Coaches);

    /// <summary>Creates a run from an administrator's input.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with every field that is wrong.</exception>
    public static TrainRun Create(string number, string name, DateOnly serviceDate, IReadOnlyList<Stop> stops, IReadOnlyList<Coach> coaches)
    {
        var validation = new TrainRunValidation();
        validation.Check(number, name, serviceDate, stops, coaches);
        return new(
            Guid.CreateVersion7(),
            number.Trim(),
            name.Trim(),
            serviceDate,
            [
                .. stops.Select(stop =>
                    stop with
                    {
                        Station = stop.Station.Trim(),
                        ArrivesAt = Microseconds(stop.ArrivesAt),
                        DepartsAt = Microseconds(stop.DepartsAt),
                    }
                ),
            ],
            [.. coaches.Select(coach => coach with { Name = coach.Name.Trim(), Class = validation.ClassNamed(coach.Class) })]
        );
    }

    // Postgres keeps microseconds: so the run equals the one that is read later.
    static DateTime? Microseconds(DateTime? time) => time?.AddTicks(-(time.Value.Ticks % TimeSpan.TicksPerMicrosecond));

    static string? KeyOf(string? name) => TrainName.Problem(name) is null ? TrainName.Key(name!) : null;

    int IndexOf(string? station) => KeyOf(station) is { } key && stations.TryGetValue(key, out var index) ? index : -1;
}
