namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// A stop in order: readiness goes first and stays away for <c>Shutdown__DrainSeconds</c> while requests are still served, so that load
/// balancers notice; then the server takes no more and finishes what it has, within <c>Shutdown__TimeoutSeconds</c> for all of it.
/// </summary>
sealed class Drain(Readiness readiness, ShutdownOptions settings, IHostEnvironment environment, TimeProvider time, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Drain();
        var drain = settings.Drain(environment);
        logger.LogInformation("Stopping: not ready from now on, no new requests in {Drain}", drain);
        await Task.Delay(drain, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
