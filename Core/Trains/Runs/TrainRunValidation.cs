namespace FunctionsApp.Core.Trains;

/// <summary>Checks an administrator's input for a run, one field after another.</summary>
sealed class TrainRunValidation
{
    readonly Validation validation = new();
    readonly HashSet<string> stations = [],
        coachNames = [];
    readonly Dictionary<string, (decimal PerKm, string Class)> fares = [];
    decimal? lastDistance;
    DateTime? lastTime;

    /// <summary>Checks everything.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with every field that is wrong.</exception>
    public void Check(string number, string name, DateOnly serviceDate, IReadOnlyList<Stop> stops, IReadOnlyList<Coach> coaches)
    {
        validation
            .Check("number", TrainName.Problem(number))
            .Check("name", TrainName.Problem(name))
            .Check("service_date", serviceDate.Year is < 2000 or > 2200 ? "Must be between the years 2000 and 2200." : null)
            .Check("stops", stops.Count is < 2 or > TrainRun.MaxStops ? $"Must be 2 to {TrainRun.MaxStops} stops." : null)
            .Check(
                "coaches",
                coaches.Count is 0 or > TrainRun.MaxSeats || coaches.Sum(coach => (long)coach.Seats) > TrainRun.MaxSeats
                    ? $"Must be at least one coach, with at most {TrainRun.MaxSeats} seats in total."
                    : null
            );
        // Lists that are too long are not checked item by item.
        if (stops.Count > TrainRun.MaxStops || coaches.Count > TrainRun.MaxSeats)
            validation.ThrowIfInvalid();
        for (var i = 0; i < stops.Count; i++)
            Check($"stops[{i}]", stops[i]);
        for (var i = 0; i < coaches.Count; i++)
            Check($"coaches[{i}]", coaches[i]);
        validation.ThrowIfInvalid();
    }

    /// <summary>A class of the coaches that were checked, spelled as in the first of them.</summary>
    public string ClassNamed(string name) => fares[TrainName.Key(name)].Class;

    void Check(string field, Stop stop)
    {
        validation
            .Check(
                $"{field}.station",
                TrainName.Problem(stop.Station) ?? (stations.Add(TrainName.Key(stop.Station)) ? null : "The train stops there twice.")
            )
            .Check($"{field}.distance_km", DistanceProblem(stop.DistanceKm))
            .Check($"{field}.arrives_at", stop.ArrivesAt < lastTime ? "Must not be before the time at the previous stop." : null);
        lastDistance = stop.DistanceKm;
        lastTime = stop.ArrivesAt ?? lastTime;
        validation.Check(
            $"{field}.departs_at",
            stop.DepartsAt < lastTime ? "Must not be before the arrival or the time at the previous stop." : null
        );
        lastTime = stop.DepartsAt ?? lastTime;
    }

    string? DistanceProblem(decimal distance) =>
        distance is < 0 or >= 100_000 || decimal.Round(distance, 3) != distance
            ? "Must be 0 or more, below 100,000, with at most 3 decimals."
        : distance <= lastDistance ? "Must be greater than at the previous stop."
        : null;

    void Check(string field, Coach coach) =>
        validation
            .Check(
                $"{field}.coach",
                TrainName.Problem(coach.Name) ?? (coachNames.Add(coach.Name.Trim()) ? null : "Another coach has this name.")
            )
            .Check($"{field}.class", TrainName.Problem(coach.Class))
            .Check($"{field}.seats", coach.Seats is < 1 or > TrainRun.MaxSeats ? $"Must be 1 to {TrainRun.MaxSeats}." : null)
            .Check($"{field}.fare_per_km", FareProblem(coach));

    string? FareProblem(Coach coach) =>
        coach.FarePerKm is < 0 or >= 1_000_000 || decimal.Round(coach.FarePerKm, 4) != coach.FarePerKm
            ? "Must be 0 or more, below 1,000,000, with at most 4 decimals."
        : HasOtherFare(coach) ? "All coaches of a class must have the same fare."
        : null;

    bool HasOtherFare(Coach coach)
    {
        if (TrainName.Problem(coach.Class) is not null)
            return false;
        var key = TrainName.Key(coach.Class);
        return !fares.TryAdd(key, (coach.FarePerKm, coach.Class.Trim())) && fares[key].PerKm != coach.FarePerKm;
    }
}
