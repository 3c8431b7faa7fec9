using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Background;

/// <summary>
/// Periodically opens a connection as a request does. When no connection has been free for a while, not even for reads on standbys,
/// this server should receive no more requests; when the attempt does not even time out, the pool hangs, which <see cref="Liveness"/>
/// reports. The query on the connection compares the clocks.
/// </summary>
public sealed class PoolWatch(PostgresDatabase database, ClockWatch clocks, FailureReports reports, TimeProvider time) : IBackgroundWork
{
    /// <summary>How long the pool may be exhausted before the server is not ready.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // The longest wait that is acceptable for a request.
    static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    long exhaustedSince;

    public TimeSpan Interval => TimeSpan.FromSeconds(2);

    /// <summary>How long no connection has been free within a second; zero if the last attempt succeeded.</summary>
    public TimeSpan ExhaustedFor => Volatile.Read(ref exhaustedSince) is not 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            // Never canceled, but until its own timeout: a pool that hangs has to be noticed.
            await using var connection = await database.OpenAsync(CancellationToken.None);
            if (time.GetElapsedTime(start) <= MaxWait)
            {
                await clocks.CompareAsync(connection, cancellationToken);
                reports.DatabaseAvailable();
                Volatile.Write(ref exhaustedSince, 0);
                return;
            }
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: not DatabaseFailureKind.PoolExhausted })
        {
            // The database is unavailable, which readiness detects by itself.
            Volatile.Write(ref exhaustedSince, 0);
            return;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            // No connection was free.
        }

        if (database.ReadsStandbys && await CanReadAsync(cancellationToken))
            Volatile.Write(ref exhaustedSince, 0);
        else
            Interlocked.CompareExchange(ref exhaustedSince, start, 0);
    }

    // Writes may wait for a standby's confirmation and have all connections, while reads succeed.
    async Task<bool> CanReadAsync(CancellationToken cancellationToken)
    {
        using var timeoutSource = new CancellationTokenSource(MaxWait, time);
        using var linkedSource = CancellationTokenSource.CreateLinkedTokenSource(timeoutSource.Token, cancellationToken);
        try
        {
            await using var connection = await database.OpenForReadAsync(linkedSource.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            return false;
        }
    }
}
