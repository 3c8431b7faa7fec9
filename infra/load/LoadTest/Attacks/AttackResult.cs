namespace FunctionsApp.LoadTest.Attacks;

/// <summary>The responses of an attack. Latencies are in milliseconds.</summary>
/// <param name="Failed">Requests without a successful response.</param>
/// <param name="SentRate">The requests per second that were sent.</param>
/// <param name="Failures">How often each failure occurred, by status or error.</param>
/// <param name="Seconds">The attack second by second.</param>
sealed record AttackResult(
    int Requests,
    int Failed,
    double SentRate,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double Max,
    IReadOnlyDictionary<string, int> Failures,
    IReadOnlyList<AttackSecond> Seconds
)
{
    /// <summary>The most frequent failures, for a message.</summary>
    public string FailureSummary =>
        string.Join(", ", Failures.OrderByDescending(one => one.Value).Take(3).Select(one => $"{one.Value} times {one.Key}"));
}

/// <summary>One second of an attack.</summary>
/// <param name="Second">From the start, beginning with 0.</param>
/// <param name="P50">In milliseconds, like <paramref name="P99"/>.</param>
sealed record AttackSecond(int Second, int Requests, int Failed, double P50, double P99);
