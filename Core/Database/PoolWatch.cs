using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Asks for a connection as a request does, again and again. When none is to be had for long, this server should get no more requests; when
/// there is not even a refusal, the pool hangs and <see cref="Liveness"/> reports it.
/// </summary>
public sealed class PoolWatch(PostgresDatabase database, TimeProvider time) : IBackgroundWork
{
    /// <summary>How long the pool may be exhausted before the server calls itself not ready.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // Soon enough for a request to be worth while.
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    long exhaustedSince;

    public TimeSpan Interval => TimeSpan.FromSeconds(2);

    /// <summary>For how long no connection has been free within a second; zero when one was free the last time.</summary>
    public TimeSpan ExhaustedFor => Volatile.Read(ref exhaustedSince) is not 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            await using var connection = await OpenSoonAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            Interlocked.CompareExchange(ref exhaustedSince, start, 0);
            return;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            // The database is away, which readiness finds out by itself.
        }

        Volatile.Write(ref exhaustedSince, 0);
    }

    async Task<NpgsqlConnection> OpenSoonAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Soon, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await database.OpenAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("No connection was free soon enough.", e);
        }
    }
}
