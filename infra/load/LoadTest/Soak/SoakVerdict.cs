using System.Globalization;

namespace FunctionsApp.LoadTest.Soak;

/// <summary>Judges a soak test: no failures, flat memory, stable connections.</summary>
/// <param name="WarmUp">
/// The seconds at the start in which memory and connections may grow: caches fill, and the runtime compiles.
/// </param>
/// <param name="MemoryGrowth">The highest acceptable growth of memory after that, as a part of its mean.</param>
/// <param name="MaxConnections">The most connections that the server may open.</param>
sealed record SoakVerdict(double WarmUp, double MemoryGrowth, int MaxConnections)
{
    // Fewer say nothing about a trend.
    const int LeastSamples = 4;

    const double BytesPerMebibyte = 1 << 20;

    /// <summary>A sentence for each problem; none if the test has passed.</summary>
    public IReadOnlyList<string> FindProblems(IReadOnlyList<SoakSample> samples)
    {
        List<string> problems = [];
        foreach (var sample in samples.Where(one => one.Failed > 0))
            problems.Add(Text($"{sample.Failed} of {sample.Requests} requests failed until {sample.Seconds:0} s: {sample.Failures}."));
        foreach (var sample in samples.Where(one => one.Event is not null))
            problems.Add(Text($"After {sample.Seconds:0} s: {sample.Event}"));
        if (samples.Where(one => one.Connections > MaxConnections).MaxBy(one => one.Connections) is { } most)
            problems.Add(Text($"The server had {most.Connections} connections after {most.Seconds:0} s, but may open {MaxConnections}."));
        if (GrowthOfMemory(samples) is not { } growth)
            problems.Add(Text($"The test was too short to judge the memory: it has fewer than {LeastSamples} samples after {WarmUp:0} s."));
        else if (growth.Part > MemoryGrowth)
        {
            problems.Add(
                Text($"Memory grows: by {growth.Part:0.0%} of its mean along the fitted line, and at most {MemoryGrowth:0.0%} is ")
                    + "acceptable."
            );
        }

        return problems;
    }

    /// <summary>The figures of a test in one sentence.</summary>
    public string Summary(IReadOnlyList<SoakSample> samples)
    {
        var text = Text($"{samples.Sum(one => one.Requests)} requests, {samples.Sum(one => one.Failed)} failed");
        if (GrowthOfMemory(samples) is { Mean: > 0 } growth)
        {
            text += Text(
                $"; memory {growth.Mean / BytesPerMebibyte:0.0} MiB on average, growing by {growth.Part:0.0%} along the fitted line "
            );
            text += Text($"({growth.PerHour / BytesPerMebibyte:0.0} MiB/h)");
        }

        int[] connections = [.. samples.Select(one => one.Connections).OfType<int>()];
        return connections.Length == 0 ? text + "." : text + Text($"; {connections.Min()} to {connections.Max()} connections.");
    }

    // By linear regression (ordinary least squares) over the samples after the warm-up, from the first to the last. Zero if memory cannot
    // be read.
    (double Part, double PerHour, double Mean)? GrowthOfMemory(IReadOnlyList<SoakSample> samples)
    {
        (double X, double Y)[] points =
        [
            .. samples.Where(one => one.Seconds > WarmUp).Select(one => (one.Seconds, (double)(one.Memory ?? 0))),
        ];
        if (points.Length < LeastSamples)
            return null;
        var (meanX, meanY) = (points.Average(point => point.X), points.Average(point => point.Y));
        if (meanY == 0)
            return (0, 0, 0);
        var slope = points.Sum(point => (point.X - meanX) * (point.Y - meanY)) / points.Sum(point => (point.X - meanX) * (point.X - meanX));
        return (slope * (points[^1].X - points[0].X) / meanY, slope * TimeSpan.FromHours(1).TotalSeconds, meanY);
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
