using System.Diagnostics;

namespace Functions.Hosting;

/// <summary>
/// Ends the process when an orderly stop has not ended it within <c>Shutdown__TimeoutSeconds</c> and a moment more: before the orchestrator kills it, and also
/// where something waits for ever. It has a thread of its own, because the pool's may all be stuck.
/// </summary>
sealed class StopLimit(IHostApplicationLifetime lifetime, IConfiguration configuration, ILogger<StopLimit> logger) : IHostedService
{
    const int ForcedExit = 1;

    /// <summary>What the orderly way may take beyond its time, to dispose of everything.</summary>
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => new Thread(Wait) { IsBackground = true, Name = "stop limit" }.Start());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    void Wait()
    {
        Thread.Sleep(Drain.Timeout(configuration) + Moment);
        // Writing to the log and what runs at an exit may hang too.
        new Thread(Exit) { IsBackground = true, Name = "forced exit" }.Start();
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Process.GetCurrentProcess().Kill();
    }

    void Exit()
    {
        logger.LogCritical("The process did not stop within {Timeout} and is ended", Drain.Timeout(configuration));
        Environment.Exit(ForcedExit);
    }
}
