using System.Collections.Concurrent;

namespace FunctionsApp.Core.Background;

/// <summary>
/// Whether this process can still do its work. Each loop that must keep running announces when it will report next; one that is overdue
/// is stuck. The check takes no lock and does not wait, so it works even in a process that hangs.
/// </summary>
public sealed class Liveness(TimeProvider time)
{
    readonly ConcurrentDictionary<string, DateTimeOffset> reports = [];
    readonly long start = time.GetTimestamp();

    // From the monotonic clock, which is not affected by changes of the system time.
    DateTimeOffset Now => DateTimeOffset.UnixEpoch + time.GetElapsedTime(start);

    /// <summary>Reports that a loop is running and will report again within a time.</summary>
    public void Report(string what, TimeSpan within) => reports[what] = Now + within;

    /// <summary>Describes a stuck loop to an operator; null if there is none.</summary>
    public string? GetStuckReason()
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
