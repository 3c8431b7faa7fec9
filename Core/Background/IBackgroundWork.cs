namespace FunctionsApp.Core;

/// <summary>
/// What a module does beside requests for as long as the process runs: refreshing what it caches, removing what has
/// expired.
/// </summary>
public interface IBackgroundWork
{
    /// <summary>Before the process calls itself ready. Failure is logged and tried again.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>How long to wait after one <see cref="RunOnceAsync"/> before the next.</summary>
    TimeSpan Interval { get; }

    /// <summary>One turn. A failure is logged, and the next turn comes all the same.</summary>
    Task RunOnceAsync(CancellationToken cancellationToken);
}
