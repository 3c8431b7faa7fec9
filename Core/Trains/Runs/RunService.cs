using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>Runs: adding, finding and cancelling them, and their seats.</summary>
public sealed class RunService(RunStore store, TrainSearchStore search, CancellationStore cancellations, RunCache runs, KeyedWork keyed)
{
    /// <summary>Adds a run with all seats free.</summary>
    /// <param name="userId">The administrator.</param>
    /// <param name="key">Idempotency key, or null: the same request with the same key returns the run that was added first.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with the fields that are wrong;
    /// <see cref="Refusal.KeyReused"/>.</exception>
    public async Task<TrainRun> AddRunAsync(
        string number,
        string name,
        DateOnly serviceDate,
        IReadOnlyList<Stop> stops,
        IReadOnlyList<Coach> coaches,
        Guid userId,
        string? key,
        CancellationToken cancellationToken
    )
    {
        var run = TrainRun.Create(number, name, serviceDate, stops, coaches);
        if (key is null)
        {
            await store.AddRunAsync(run, cancellationToken);
            return run;
        }

        // Always read back, so that all responses are the same to the last digit.
        var (added, _) = await keyed.RunAsync(
            key,
            async () =>
            {
                var first = await store.AddRunOnceAsync(run, userId, key, cancellationToken);
                return await ReadRunAsync(first ?? run.Id, cancellationToken);
            },
            cancellationToken
        );
        return added.IsSameAs(run) ? added : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another run.");
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> ReadRunAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadRunAsync(id, cancellationToken) ?? throw NoRun();

    /// <summary>Cancels a run and all of its tickets; idempotent.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> CancelRunAsync(Guid id, CancellationToken cancellationToken) =>
        await cancellations.CancelRunAsync(id, cancellationToken) ? await ReadRunAsync(id, cancellationToken) : throw NoRun();

    /// <summary>Runs that call at both stations in that order on a service date.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/></exception>
    public async Task<KeysetPage<Connection>> SearchAsync(
        string? from,
        string? to,
        DateOnly date,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        new Validation()
            .Check("from", TrainName.Problem(from))
            .Check(
                "to",
                TrainName.Problem(to)
                    ?? (
                        TrainName.Problem(from) is null && TrainName.Key(from!) == TrainName.Key(to!)
                            ? "Must not be the station of departure."
                            : null
                    )
            )
            .Check("date", date.Year is < 2000 or > 2200 ? "Must be between the years 2000 and 2200." : null)
            .ThrowIfInvalid();
        return KeysetPage<Connection>.Of(
            await search.SearchAsync(TrainName.Key(from!), TrainName.Key(to!), date, page, cancellationToken),
            page,
            one => one.RunId
        );
    }

    /// <summary>The seats of a run, and whether each is free between two stations.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/></exception>
    public async Task<IReadOnlyList<(Seat Seat, bool Free)>> ReadSeatsAsync(
        Guid id,
        string from,
        string to,
        string? @class,
        CancellationToken cancellationToken
    )
    {
        var run = await runs.GetAsync(id, cancellationToken);
        var segment = run.Between(from, to);
        var only = @class is null ? null : run.ClassNamed(@class);
        var free = (await search.ReadFreeSeatsAsync(id, segment, cancellationToken)).ToHashSet();
        return [.. run.Seats.Where(seat => only is null || seat.Class == only).Select(seat => (seat, free.Contains(seat.Ordinal)))];
    }

    static RefusedException NoRun() => new(Refusal.NotFound, "There is no such run.");
}
