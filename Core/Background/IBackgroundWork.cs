namespace FunctionsApp.Core.Background;

/// <summary>
/// Work that a module does outside of requests for as long as the process runs, such as refreshing a cache or deleting expired rows.
/// </summary>
public interface IBackgroundWork
{
    /// <summary>Runs before the process becomes ready. A failure is logged, and the call is retried.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>The delay between one <see cref="RunOnceAsync"/> and the next.</summary>
    TimeSpan Interval { get; }

    /// <summary>Does the work once. A failure is logged and does not prevent the next run.</summary>
    Task RunOnceAsync(CancellationToken cancellationToken);
}
