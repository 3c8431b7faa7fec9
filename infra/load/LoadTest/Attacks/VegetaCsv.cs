using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FunctionsApp.LoadTest.Attacks;

/// <summary>Reads what <c>vegeta encode --to csv</c> writes: a line for each request.</summary>
static partial class VegetaCsv
{
    // Columns: timestamp and latency in nanoseconds, the body in Base64.
    const int Timestamp = 0,
        Code = 1,
        Latency = 2,
        Error = 5,
        Body = 6,
        Columns = 7;

    const double NanosecondsPerMillisecond = 1e6,
        NanosecondsPerSecond = 1e9;

    /// <summary>Reads all lines. Percentiles are exact (nearest rank).</summary>
    /// <param name="body">Receives the body of each successful response; null to ignore them.</param>
    /// <exception cref="LoadTestException">A line is not Vegeta's, or there is none.</exception>
    public static async Task<AttackResult> ReadAsync(TextReader csv, Action<string>? body, CancellationToken cancellationToken)
    {
        List<(long Time, double Milliseconds, bool Succeeded)> hits = [];
        Dictionary<string, int> failures = [];
        while (await csv.ReadLineAsync(cancellationToken) is { } line)
        {
            var fields = Fields(line);
            if (
                fields.Count < Columns
                || !long.TryParse(fields[Timestamp], CultureInfo.InvariantCulture, out var time)
                || !int.TryParse(fields[Code], CultureInfo.InvariantCulture, out var code)
                || !long.TryParse(fields[Latency], CultureInfo.InvariantCulture, out var latency)
            )
                throw new LoadTestException($"Vegeta wrote a line that is not a result: {line}");
            var succeeded = code is >= 200 and < 400;
            hits.Add((time, latency / NanosecondsPerMillisecond, succeeded));
            if (!succeeded)
            {
                var reason = code == 0 ? Ports().Replace(fields[Error], "") : $"status {code}";
                failures[reason] = failures.GetValueOrDefault(reason) + 1;
            }
            else if (body is not null && fields[Body].Length > 0)
                body(Encoding.UTF8.GetString(Convert.FromBase64String(fields[Body])));
        }

        return hits.Count > 0 ? Summarize(hits, failures) : throw new LoadTestException("Vegeta sent no request.");
    }

    /// <summary>The fields of a line; quotes are doubled inside of quotes.</summary>
    public static IReadOnlyList<string> Fields(string line)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
                field.Append(line[i++]);
            else if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(line[i]);
        }

        fields.Add(field.ToString());
        return fields;
    }

    static AttackResult Summarize(List<(long Time, double Milliseconds, bool Succeeded)> hits, Dictionary<string, int> failures)
    {
        hits.Sort((a, b) => a.Time.CompareTo(b.Time));
        var sorted = Sorted(hits.Select(hit => hit.Milliseconds));
        var first = hits[0].Time;
        var span = (hits[^1].Time - first) / NanosecondsPerSecond;
        return new(
            hits.Count,
            hits.Count(hit => !hit.Succeeded),
            span > 0 ? (hits.Count - 1) / span : hits.Count,
            Percentile(sorted, 50),
            Percentile(sorted, 90),
            Percentile(sorted, 95),
            Percentile(sorted, 99),
            Percentile(sorted, 99.9),
            sorted[^1],
            failures,
            [
                .. hits.GroupBy(hit => (int)((hit.Time - first) / NanosecondsPerSecond))
                    .Select(second =>
                    {
                        var latencies = Sorted(second.Select(hit => hit.Milliseconds));
                        return new AttackSecond(
                            second.Key,
                            latencies.Length,
                            second.Count(hit => !hit.Succeeded),
                            Percentile(latencies, 50),
                            Percentile(latencies, 99)
                        );
                    }),
            ]
        );
    }

    static double[] Sorted(IEnumerable<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted;
    }

    static double Percentile(double[] sorted, double percent) => sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * sorted.Length) - 1)];

    // Errors of connections name their ports, which differ.
    [GeneratedRegex(@":\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Ports();
}
