namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Rounds of a load on one process.</summary>
/// <param name="processorTime">The processor time of the process since its start.</param>
sealed class ServedRounds(Func<TimeSpan> processorTime)
{
    /// <summary>Requests per second, per round.</summary>
    public List<double> Rates { get; } = [];

    /// <summary>Processor time of each request, per round.</summary>
    public List<double> Microseconds { get; } = [];

    /// <summary>Measures a round.</summary>
    /// <param name="duration">How long <paramref name="serve"/> lasts.</param>
    /// <param name="serve">Sends the requests and returns their number per second.</param>
    public async Task AddAsync(TimeSpan duration, Func<Task<double>> serve)
    {
        var before = processorTime();
        var rate = await serve();
        Rates.Add(rate);
        Microseconds.Add((processorTime() - before).TotalMicroseconds / (rate * duration.TotalSeconds));
    }
}
