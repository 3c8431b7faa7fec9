using System.Diagnostics;
using System.Net;

namespace FunctionsApp.Benchmark.Load;

/// <summary>Load that waits for each response before the next request, to measure the throughput of a server.</summary>
static class ClosedLoop
{
    /// <param name="Requests">The number of requests with the expected response.</param>
    public sealed record Outcome(long Requests, TimeSpan Elapsed)
    {
        public double PerSecond => Requests / Elapsed.TotalSeconds;
    }

    /// <summary>
    /// Sends the requests that <paramref name="next"/> returns for 0, 1, 2 … on any free connection until it returns null.
    /// </summary>
    /// <param name="expected">Whether a status is expected for the request.</param>
    /// <exception cref="BenchmarkException">A status was unexpected, or a connection broke.</exception>
    public static async Task<Outcome> RunAsync(
        IPEndPoint server,
        int connections,
        Func<long, byte[]?> next,
        Func<int, bool> expected,
        CancellationToken cancellationToken
    )
    {
        long taken = -1,
            answered = 0;
        var start = Stopwatch.GetTimestamp();
        await LoadThreads.RunAsync(
            server,
            connections,
            connection =>
            {
                long mine = 0;
                while (!cancellationToken.IsCancellationRequested && next(Interlocked.Increment(ref taken)) is { } request)
                {
                    var status = connection.Send(request);
                    if (!expected(status))
                        throw new BenchmarkException($"The server returned {status} to: {FirstLine(request)}");
                    mine++;
                }

                Interlocked.Add(ref answered, mine);
            },
            cancellationToken
        );
        return new(answered, Stopwatch.GetElapsedTime(start));
    }

    static string FirstLine(byte[] request) =>
        System.Text.Encoding.ASCII.GetString(request.AsSpan(0, request.AsSpan().IndexOf((byte)'\r')));
}
