using System.Diagnostics;
using System.Globalization;
using FunctionsApp.LoadTest.Attacks;
using FunctionsApp.LoadTest.Runs;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Subjects;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Soak;

/// <summary>
/// Sends the mixed day at a constant rate, as attacks without a pause: the targets of the next one are prepared during each. Samples the
/// server after each.
/// </summary>
/// <param name="folder">For the targets and the raw results.</param>
sealed class SoakRun(ISubject subject, Vegeta vegeta, string folder, RunProgress progress)
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    readonly List<SoakSample> samples = [];

    /// <summary>What has been sampled so far.</summary>
    public IReadOnlyList<SoakSample> Samples => samples;

    /// <param name="rate">Requests per second.</param>
    /// <param name="attacks">How many attacks follow each other.</param>
    /// <param name="each">How long each takes.</param>
    /// <exception cref="LoadTestException">The subject or Vegeta failed.</exception>
    public async Task RunAsync(double rate, int attacks, TimeSpan each, CancellationToken cancellationToken)
    {
        progress.Begin("soak", "starting");
        await subject.RestartAsync(cancellationToken);
        var preparation = subject.NewPreparation();
        using (var target = new ApiClient(subject.Url))
            await preparation.LogInAsync(target, cancellationToken);
        // One more than Vegeta sends, which it would otherwise begin again.
        var count = (int)Math.Ceiling(rate * each.TotalSeconds) + 1;
        await WriteAsync(0);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < attacks; i++)
        {
            progress.Begin("soak", $"part {i + 1} of {attacks}", each.TotalSeconds);
            var attack = vegeta.AttackAsync(TargetsOf(i), rate, each, Timeout, keepBodies: false, cancellationToken);
            await Task.WhenAll(attack, i + 1 < attacks ? WriteAsync(i + 1) : Task.CompletedTask);
            File.Delete(TargetsOf(i));
            await SampleAsync(Stopwatch.GetElapsedTime(start), cancellationToken);
        }

        Task WriteAsync(int part) => TargetFile.WriteAsync(TargetsOf(part), Kind.Mixed, count, preparation, cancellationToken);
    }

    string TargetsOf(int part) => Path.Combine(folder, $"targets-{part}.json");

    async Task SampleAsync(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        var result = await vegeta.ReadAsync(body: null, cancellationToken);
        var usage = await subject.ReadUsageAsync(cancellationToken);
        var happened = await subject.RecoverAsync(cancellationToken);
        var failures = result.Failed > 0 ? result.FailureSummary : null;
        var sample = new SoakSample(
            elapsed.TotalSeconds,
            result.Requests,
            result.Failed,
            result.P99,
            failures,
            usage.Memory,
            usage.Connections,
            happened
        );
        samples.Add(sample);
        progress.Report(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{sample.Seconds:0} s: {sample.Requests} requests, {sample.Failed} failed, p99 {sample.P99:0} ms, "
                    + $"{sample.Memory / (double)(1 << 20):0} MiB, {sample.Connections} connections"
            )
        );
    }
}
