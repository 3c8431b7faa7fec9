namespace FunctionsApp.Core.Accounts;

/// <summary>
/// How many failures are allowed before the next attempt has to wait. A failure adds one; the bucket leaks one every
/// <paramref name="Leak"/>; while it is full, attempts are refused and do not count, so no wait is ever longer than one leak.
/// </summary>
/// <param name="Capacity">How many failures at once have no effect.</param>
/// <param name="Leak">The time in which one failure is forgotten.</param>
public sealed record LeakyBucket(int Capacity, TimeSpan Leak)
{
    /// <summary>The level after the time that has passed since it was recorded.</summary>
    public double LevelAfter(double level, TimeSpan passed) => Math.Max(0, level - Math.Max(0, passed / Leak));

    /// <summary>How long the next attempt has to wait: zero while there is room for one more failure.</summary>
    public TimeSpan WaitAfter(double level, TimeSpan passed)
    {
        var over = LevelAfter(level, passed) - (Capacity - 1);
        return over <= 0 ? TimeSpan.Zero : over * Leak;
    }
}
