using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

namespace FunctionsApp.Benchmark.Load;

/// <summary>
/// Load at a fixed rate, whether or not the server keeps up, to measure how long users wait. A latency is measured from the time at which
/// the request was due, so a stall of the server affects all requests that were due in the meantime (no coordinated omission).
/// </summary>
static partial class OpenLoop
{
    /// <summary>Sends the requests that <paramref name="next"/> returns for 0, 1, 2 …, one every 1 / <paramref name="rate"/> s.</summary>
    /// <param name="connections">More than are ever busy at once; if all are busy, requests wait, which counts as latency.</param>
    /// <returns>The latencies in milliseconds, sorted.</returns>
    /// <exception cref="BenchmarkException">A response was not <paramref name="status"/>, or a connection broke.</exception>
    public static async Task<Latencies> RunAsync(
        IPEndPoint server,
        int connections,
        double rate,
        TimeSpan duration,
        Func<long, byte[]> next,
        CancellationToken cancellationToken,
        int status = 200
    )
    {
        var milliseconds = new double[(long)(rate * duration.TotalSeconds)];
        long taken = -1;
        // Leaves time to open the connections.
        var start = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 10;
        await LoadThreads.RunAsync(
            server,
            connections,
            connection =>
            {
                while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref taken) is var i && i < milliseconds.Length)
                {
                    var due = start + (long)(i / rate * Stopwatch.Frequency);
                    SleepUntil(due);
                    var got = connection.Send(next(i));
                    if (got != status)
                        throw new BenchmarkException($"The server returned {got} instead of {status} under a fixed rate of {rate}/s.");
                    milliseconds[i] = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
                }
            },
            cancellationToken
        );
        cancellationToken.ThrowIfCancellationRequested();
        return new(milliseconds);
    }

    static void SleepUntil(long timestamp)
    {
        var left = timestamp - Stopwatch.GetTimestamp();
        if (left <= 0)
            return;
        // Thread.Sleep supports whole milliseconds only, and oversleeping would count as latency of the server.
        var nanoseconds = left * (1_000_000_000 / Stopwatch.Frequency);
        if (OperatingSystem.IsWindows())
            Thread.Sleep(TimeSpan.FromMicroseconds(nanoseconds / 1000));
        else
            _ = NanoSleep(new(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000), 0);
    }

    readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint remaining);
}

/// <summary>All latencies of one run in milliseconds, so percentiles are exact.</summary>
sealed class Latencies
{
    readonly double[] sorted;

    public Latencies(double[] milliseconds)
    {
        sorted = [.. milliseconds];
        Array.Sort(sorted);
    }

    /// <summary>The smallest latency that at least this fraction of the requests did not exceed (nearest rank).</summary>
    public double Percentile(double percent) => sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * sorted.Length) - 1)];
}
