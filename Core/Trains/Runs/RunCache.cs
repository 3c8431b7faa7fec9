namespace FunctionsApp.Core.Trains;

/// <summary>
/// Recently requested runs. A run never changes, except that it can be cancelled, and that is never read from here.
/// </summary>
public sealed class RunCache(RunStore store)
{
    readonly RecentlyUsed<Guid, TrainRun> runs = new(capacity: 1024);

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/> when there is no such run.</exception>
    public async ValueTask<TrainRun> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (runs.Find(id) is { } known)
            return known;
        var run =
            (await store.ReadRunAsync(id, cancellationToken))?.Run ?? throw new RefusedException(Refusal.NotFound, "There is no such run.");
        runs.Add(id, run);
        return run;
    }
}
