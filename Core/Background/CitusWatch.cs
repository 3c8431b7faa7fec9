using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Background;

/// <summary>
/// Asks the database at the start and every minute whether it is Citus, on which reads are not batched: the extension may be added while
/// the server runs.
/// </summary>
public sealed class CitusWatch(ReadBatching batching) : IBackgroundWork
{
    public TimeSpan Interval => TimeSpan.FromMinutes(1);

    public Task StartAsync(CancellationToken cancellationToken) => batching.CheckAsync(cancellationToken);

    public Task RunOnceAsync(CancellationToken cancellationToken) => batching.CheckAsync(cancellationToken);
}
