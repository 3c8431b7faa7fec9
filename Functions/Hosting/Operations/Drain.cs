namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Graceful shutdown: the process is not ready for <c>Shutdown__DrainSeconds</c> while it still serves requests, so that load balancers
/// notice. Then the server stops accepting requests and completes those in progress. <c>Shutdown__TimeoutSeconds</c> limits the total.
/// </summary>
sealed class Drain(Readiness readiness, ShutdownOptions settings, IHostEnvironment environment, TimeProvider time, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Drain();
        var drain = settings.Drain(environment);
        logger.LogInformation("Shutting down: no longer ready; new requests are accepted for another {Drain}", drain);
        await Task.Delay(drain, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
