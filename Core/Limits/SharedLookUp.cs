namespace FunctionsApp.Core;

/// <summary>
/// Lets any number of callers share a look at something that may have changed: of those who ask while one look runs, all share the next.
/// Looks begin at least <paramref name="interval"/> apart, so that a stream of questions does not become a stream of queries.
/// </summary>
/// <param name="look">Looks.</param>
sealed class SharedLookUp(Func<Task> look, TimeSpan interval, TimeProvider time)
{
    readonly Lock gate = new();
    Look? last;
    long begunAt;

    /// <summary>
    /// Waits for a look that begins after this call, or asks <paramref name="isEnough"/> whether one that runs already was
    /// enough.
    /// </summary>
    /// <exception cref="Exception">The look failed.</exception>
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
            return last is { HasBegun: true, Task.IsCompleted: false } ? last.Task : null;
    }

    Task Next()
    {
        lock (gate)
        {
            if (last is { HasBegun: false })
                return last.Task;
            var wait = last is null ? TimeSpan.Zero : interval - time.GetElapsedTime(begunAt);
            var next = last = new();
            next.Task = RunAsync(next, wait);
            return next.Task;
        }
    }

    async Task RunAsync(Look one, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time);
        lock (gate)
        {
            one.HasBegun = true;
            begunAt = time.GetTimestamp();
        }

        await look();
    }

    sealed class Look
    {
        public bool HasBegun { get; set; }

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
