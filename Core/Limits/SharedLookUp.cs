namespace FunctionsApp.Core;

/// <summary>
/// Coalesces concurrent look-ups of something that may have changed: all callers that arrive while one look-up runs share the next one.
/// Look-ups start at least <paramref name="interval"/> apart, so that a stream of calls does not become a stream of queries.
/// </summary>
/// <param name="lookUp">The look-up.</param>
sealed class SharedLookUp(Func<Task> lookUp, TimeSpan interval, TimeProvider time)
{
    readonly Lock gate = new();
    LookUp? last;
    long startedAt;

    /// <summary>
    /// Waits for a look-up that starts after this call, or for one that is already running if <paramref name="isEnough"/> is true after
    /// it.
    /// </summary>
    /// <exception cref="Exception">The look-up failed.</exception>
    public async Task WaitAsync(Func<bool> isEnough, CancellationToken cancellationToken)
    {
        if (Running() is { } running)
        {
            await running.WaitAsync(cancellationToken);
            if (isEnough())
                return;
        }

        await Next().WaitAsync(cancellationToken);
    }

    Task? Running()
    {
        lock (gate)
            return last is { HasStarted: true, Task.IsCompleted: false } ? last.Task : null;
    }

    Task Next()
    {
        lock (gate)
        {
            if (last is { HasStarted: false })
                return last.Task;
            var wait = last is null ? TimeSpan.Zero : interval - time.GetElapsedTime(startedAt);
            var next = last = new();
            next.Task = RunAsync(next, wait);
            return next.Task;
        }
    }

    async Task RunAsync(LookUp current, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time);
        lock (gate)
        {
            current.HasStarted = true;
            startedAt = time.GetTimestamp();
        }

        await lookUp();
    }

    sealed class LookUp
    {
        public bool HasStarted { get; set; }

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
