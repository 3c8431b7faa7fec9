using FunctionsApp.Core.Background;

namespace FunctionsApp.Core.Trains;

/// <summary>Removes refusals that were kept under an idempotency key and no longer count. Several processes may do it at once.</summary>
public sealed class TrainRefusalCleanup(PurchaseKeyStore store) : IBackgroundWork
{
    public TimeSpan Interval => TimeSpan.FromMinutes(10);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RunOnceAsync(CancellationToken cancellationToken) => store.RemoveRefusalsAsync(cancellationToken);
}
