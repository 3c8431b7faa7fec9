namespace FunctionsApp.LoadTest.Search;

/// <summary>What an attack must reach.</summary>
/// <param name="P99">The highest 99th percentile of the latency.</param>
sealed record Objective(TimeSpan P99)
{
    /// <summary>If fewer than this part of the requests was sent, the client did not keep up.</summary>
    const double LeastSent = 0.97;

    /// <summary>Why an attack did not reach it; null if it did.</summary>
    public string? Problem(double rate, Attacks.AttackResult result)
    {
        if (result.Failed > 0)
            return $"{result.Failed} of {result.Requests} requests failed ({result.FailureSummary})";
        if (result.P99 > P99.TotalMilliseconds)
            return FormattableString.Invariant($"p99 was {result.P99:0.#} ms");
        return result.SentRate < rate * LeastSent
            ? FormattableString.Invariant(
                $"only {result.SentRate:0} requests/s could be sent: all connections were busy, or the client was"
            )
            : null;
    }
}
