using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

namespace FunctionsApp.Benchmark.Load;

/// <summary>
/// Load at a fixed rate, whether or not the server keeps up: how long users wait. A latency counts from the moment at which the request
/// was due, so a server that stalls pays for all who came meanwhile (no coordinated omission).
/// </summary>
static partial class OpenLoop
{
    /// <summary>Sends what <paramref name="next"/> gives for 0, 1, 2 …, one every 1 / <paramref name="rate"/> s.</summary>
    /// <param name="connections">More than are ever busy at once; when they all are, requests wait, which counts.</param>
    /// <returns>The latencies in milliseconds, sorted.</returns>
    /// <exception cref="BenchmarkException">An answer was not <paramref name="status"/>, or a connection broke.</exception>
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
        // A moment for the connections to be made.
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
                        throw new BenchmarkException($"The server answered {got} instead of {status} under a fixed rate of {rate}/s.");
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
        // Thread.Sleep knows whole milliseconds only, and what it oversleeps would count as the server's.
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

/// <summary>Latencies of one run in milliseconds: all of them, so a percentile is exact.</summary>
sealed class Latencies
{
    readonly double[] sorted;

    public Latencies(double[] milliseconds)
    {
        sorted = [.. milliseconds];
        Array.Sort(sorted);
    }

    /// <summary>The smallest latency that at least this part of the requests did not exceed (nearest rank).</summary>
    public double Percentile(double percent) => sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * sorted.Length) - 1)];
}
