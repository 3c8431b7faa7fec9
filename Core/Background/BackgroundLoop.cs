namespace FunctionsApp.Core.Background;

/// <summary>
/// Runs one <see cref="IBackgroundWork"/> periodically. A run that fails or takes too long is reported and does not prevent the next
/// one.
/// </summary>
public sealed class BackgroundLoop(IBackgroundWork work, Liveness liveness, TimeProvider time, FailureReports reports)
{
    /// <summary>
    /// How late a loop may report before it counts as stuck: longer than a process may have to wait for a processor on an overloaded
    /// machine.
    /// </summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(30),
        LongestLimit = TimeSpan.FromMinutes(25);

    readonly string name = work.GetType().Name,
        failed = $"{work.GetType().Name} failed";

    /// <summary>The time after which a run is canceled: the interval, but at least 30 seconds and at most 25 minutes.</summary>
    public TimeSpan Limit => TimeSpan.FromTicks(Math.Clamp(work.Interval.Ticks, ShortestLimit.Ticks, LongestLimit.Ticks));

    /// <summary>Runs until it is canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(work.Interval, time);
        while (true)
        {
            liveness.Report(name, work.Interval + Slack);
            if (!await timer.WaitForNextTickAsync(cancellationToken))
                return;
            liveness.Report(name, Limit + Slack);
            await RunOnceAsync(cancellationToken);
        }
    }

    async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await work.RunOnceAsync(either.Token);
            reports.Succeeded(failed);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            reports.Failed($"{name} took longer than {Limit} and was canceled", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            reports.Failed(failed, e);
        }
    }
}
