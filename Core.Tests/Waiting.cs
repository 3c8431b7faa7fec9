namespace FunctionsApp.Core.Tests;

/// <summary>Waits for conditions. One that never becomes true fails its test instead of hanging the run.</summary>
static class Waiting
{
    static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1),
        Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until <paramref name="holds"/> returns true.</summary>
    /// <param name="condition">A description of the condition, for the error message.</param>
    /// <param name="holds">Called repeatedly.</param>
    /// <param name="meanwhile">Tasks that must not fail until then: their error fails the wait.</param>
    /// <exception cref="TimeoutException">The condition was not true within a minute.</exception>
    public static async Task UntilAsync(string condition, Func<Task<bool>> holds, params IReadOnlyCollection<Task> meanwhile)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!await holds())
        {
            foreach (var failed in meanwhile.Where(task => task.IsFaulted))
                await failed;
            if (System.Diagnostics.Stopwatch.GetElapsedTime(start) > Timeout)
                throw new TimeoutException($"Condition not met within {Timeout.TotalSeconds} s: {condition}.");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
