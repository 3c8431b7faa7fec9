namespace FunctionsApp.Core.Tests;

/// <summary>A clock that only advances on request.</summary>
sealed class ManualTime : TimeProvider
{
    DateTimeOffset now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    TimeSpan error;

    public override DateTimeOffset GetUtcNow() => now + error;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now.UtcTicks;

    public void Advance(TimeSpan by) => now += by;

    /// <summary>Sets the clock forward or back. No time passes.</summary>
    public void Jump(TimeSpan by) => error += by;
}
