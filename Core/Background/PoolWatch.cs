using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core;

/// <summary>
/// Periodically opens a connection as a request does. When no connection has been free for a while, this server should receive no more
/// requests; when the attempt does not even time out, the pool hangs, which <see cref="Liveness"/> reports. The query on the connection
/// compares the clocks.
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
            await using var connection = await OpenWithinMaxWaitAsync(cancellationToken);
            await clocks.CompareAsync(connection, cancellationToken);
            reports.DatabaseAvailable();
        }
        catch (TimeoutException)
        {
            Interlocked.CompareExchange(ref exhaustedSince, start, 0);
            return;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            // The database is unavailable, which readiness detects by itself.
        }

        Volatile.Write(ref exhaustedSince, 0);
    }

    async Task<NpgsqlConnection> OpenWithinMaxWaitAsync(CancellationToken cancellationToken)
    {
        using var timeoutSource = new CancellationTokenSource(MaxWait, time);
        using var linkedSource = CancellationTokenSource.CreateLinkedTokenSource(timeoutSource.Token, cancellationToken);
        try
        {
            return await database.OpenAsync(linkedSource.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("No connection was free in time.", e);
        }
    }
}
