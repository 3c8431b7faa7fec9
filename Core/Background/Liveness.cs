using System.Collections.Concurrent;

namespace FunctionsApp.Core;

/// <summary>
/// Whether this process can still do its work. Each loop that must go on says until when it will report again; one that has not is stuck.
/// Asking takes no lock and waits for nothing, so that it answers in a process that hangs.
/// </summary>
public sealed class Liveness(TimeProvider time)
{
    readonly ConcurrentDictionary<string, DateTimeOffset> reports = [];
    readonly long start = time.GetTimestamp();

    // Of the monotonic clock, which no change of the system time affects.
    DateTimeOffset Now => DateTimeOffset.UnixEpoch + time.GetElapsedTime(start);

    /// <summary>Says that something goes on, and reports again within a time.</summary>
    public void Report(string what, TimeSpan within) => reports[what] = Now + within;

    /// <summary>What is stuck, for an operator; null when nothing is.</summary>
    public string? WhyNot()
    {
        var now = Now;
        foreach (var (what, due) in reports)
        {
            if (due < now)
                return $"{what} has been stuck for {(now - due).TotalSeconds:0} s. The process must be restarted.";
        }

        return null;
    }
}
