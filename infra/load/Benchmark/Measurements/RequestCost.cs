using System.Diagnostics;
using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>What one request costs when requests are sent one at a time, in milliseconds.</summary>
/// <param name="Name">What <paramref name="Rounds"/> are: the processor time of server and database, or the time until the response
/// where the database's cannot be read.</param>
/// <param name="Rounds">The mean of each round.</param>
/// <param name="Server">The server's part of the processor time, median of the rounds.</param>
/// <param name="Response">The time until the response, median of the rounds.</param>
sealed record RequestCost(string Name, List<double> Rounds, double Server, double Response)
{
    public static RequestCost Measure(SystemUnderTest subject, ServerProcess server, int rounds, int requests, Action send)
    {
        List<double> times = [],
            processor = [],
            own = [];
        for (var round = 0; round < rounds; round++)
        {
            var (before, beforeOwn, start) = (subject.ProcessorTime(server), server.ProcessorTime, Stopwatch.GetTimestamp());
            for (var i = 0; i < requests; i++)
                send();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / requests);
            own.Add((server.ProcessorTime - beforeOwn).TotalMilliseconds / requests);
            processor.Add((subject.ProcessorTime(server) - before).TotalMilliseconds / requests);
        }

        return subject.DatabaseFamily.Time is null
            ? new("time", times, Row.MedianOf(own), Row.MedianOf(times))
            : new("processor time of server and database", processor, Row.MedianOf(own), Row.MedianOf(times));
    }
}
