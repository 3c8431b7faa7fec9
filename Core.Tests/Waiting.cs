namespace FunctionsApp.Core.Tests;

/// <summary>Waits of tests. Each ends: a condition that never holds fails its test, instead of hanging the run.</summary>
static class Waiting
{
    static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1),
        Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns once <paramref name="holds"/> returns true.</summary>
    /// <param name="condition">What is awaited, for the error.</param>
    /// <param name="holds">Called again and again.</param>
    /// <param name="meanwhile">What has to run on until then: when one of these fails, so does the wait, with its error.</param>
    /// <exception cref="TimeoutException">It did not hold within a minute.</exception>
    public static async Task UntilAsync(string condition, Func<Task<bool>> holds, params IReadOnlyCollection<Task> meanwhile)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!await holds())
        {
            foreach (var failed in meanwhile.Where(task => task.IsFaulted))
                await failed;
            if (System.Diagnostics.Stopwatch.GetElapsedTime(start) > Timeout)
                throw new TimeoutException($"Waited {Timeout.TotalSeconds} s in vain: {condition}.");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
