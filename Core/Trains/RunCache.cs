using System.Collections.Concurrent;

namespace Core.Trains;

/// <summary>
/// The runs that were asked for lately: nothing of a run changes but that it may be cancelled, which no decision takes from here. Two generations, so it never
/// holds more than twice its capacity.
/// </summary>
public sealed class RunCache(TrainStore store)
{
    const int Capacity = 1024;

    ConcurrentDictionary<Guid, TrainRun> young = new(), old = new();

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/> when there is no such run.</exception>
    public async ValueTask<TrainRun> GetAsync(Guid id, CancellationToken cancel)
    {
        if (young.TryGetValue(id, out var run)) return run;
        if (!old.TryGetValue(id, out run)) run = (await store.ReadRunAsync(id, cancel))?.Run ?? throw new RefusedException(Refusal.NotFound, "There is no such run.");
        if (young.TryAdd(id, run) && young.Count >= Capacity) old = Interlocked.Exchange(ref young, new());
        return run;
    }
}
