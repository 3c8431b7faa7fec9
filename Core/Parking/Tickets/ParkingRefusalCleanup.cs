using FunctionsApp.Core.Background;

namespace FunctionsApp.Core.Parking;

/// <summary>Removes refusals that were kept under an idempotency key and no longer count. Several processes may do it at once.</summary>
public sealed class ParkingRefusalCleanup(ParkingRefusalStore store) : IBackgroundWork
{
    public TimeSpan Interval => TimeSpan.FromMinutes(10);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RunOnceAsync(CancellationToken cancellationToken) => store.RemoveRefusalsAsync(cancellationToken);
}
