using Core;
using Core.Database;

namespace Functions.Hosting;

/// <summary>Migrates where that is this process's task, then runs what the modules do beside requests. A failure is logged and tried again.</summary>
sealed class Background(AppDatabase settings, Migrations migrations, IEnumerable<IBackgroundWork> work, Readiness readiness, Liveness liveness, StartupHints hints, GivingUp givingUp, TimeProvider time, ILogger<Background> logger)
    : BackgroundService
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    readonly Dictionary<IBackgroundWork, Task> begun = [];
    Task? schema;

    /// <summary>Starts what needs only the database while the rest of the server is still being put together: the first connection takes as long as that.</summary>
    public void Begin()
    {
        if (settings.MigrateOnStart) return;
        foreach (var one in work) begun.Add(one, Task.Run(() => one.StartAsync(CancellationToken.None)));
        schema = Task.Run(() => readiness.WhyNotAsync(CancellationToken.None));
    }

    protected override async Task ExecuteAsync(CancellationToken cancel)
    {
        try
        {
            await RunAsync(cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            givingUp.Because(e);
        }
    }

    async Task RunAsync(CancellationToken cancel)
    {
        // Let the server start to listen: /readyz tells how far this is.
        await Task.Yield();
        if (settings.MigrateOnStart) await InsistAsync("migrate the database", migrations.MigrateAsync, cancel);
        await Task.WhenAll(work.Select(one => InsistAsync($"start {one.GetType().Name}", stop => begun.Remove(one, out var first) ? first.WaitAsync(stop) : one.StartAsync(stop), cancel)));
        if (schema is not null) await schema;
        readiness.Started();
        await hints.PrintAsync(cancel);
        await Task.WhenAll(work.Select(one => new BackgroundLoop(one, liveness, time, logger).RunAsync(cancel)));
    }

    async Task InsistAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await attempt(cancel);
                return;
            }
            catch (Exception e) when (e is not (OperationCanceledException or ConfigurationException or MigrationException))
            {
                logger.LogWarning("Could not {What}, will try again: {Problem}", what, e.Message);
            }

            await Task.Delay(Retry, time, cancel);
        }
    }
}

/// <summary>The end of a process that cannot do its work: a setting that is wrong, a migration that fails.</summary>
sealed class GivingUp(IHostApplicationLifetime lifetime)
{
    Exception? reason;

    public void Because(Exception exception)
    {
        reason = exception;
        lifetime.StopApplication();
    }

    /// <summary>Runs until the process is asked to stop.</summary>
    /// <exception cref="Exception">Why it gave up, where it did.</exception>
    public static async Task RunAsync(IHost host)
    {
        var givingUp = host.Services.GetRequiredService<GivingUp>();
        await host.RunAsync();
        if (givingUp.reason is { } exception) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
    }
}
