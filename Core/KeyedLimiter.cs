using System.Threading.RateLimiting;

namespace Core;

/// <summary>
/// Bounds how much is done at once for one key, such as a run or a user, so that one of them cannot take all connections. Those over the bound wait their
/// turn without holding anything; when too many wait, or one has waited too long, it is refused.
/// </summary>
/// <typeparam name="TKey">What is bounded separately.</typeparam>
public sealed class KeyedLimiter<TKey> : IDisposable
    where TKey : notnull
{
    readonly PartitionedRateLimiter<TKey> limiter;
    readonly TimeSpan patience;
    readonly string refusal;
    readonly TimeProvider time;

    /// <param name="permits">How many may enter at once, for each key.</param>
    /// <param name="waiting">How many more may wait, for each key.</param>
    /// <param name="patience">How long each may wait.</param>
    /// <param name="refusal">What those who may not wait are answered, a sentence for the caller of the API.</param>
    public KeyedLimiter(int permits, int waiting, TimeSpan patience, string refusal, TimeProvider? time = null)
    {
        (this.patience, this.refusal, this.time) = (patience, refusal, time ?? TimeProvider.System);
        var options = new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };
        // Keys that are not used are forgotten after some seconds.
        limiter = PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.GetConcurrencyLimiter(key, _ => options));
    }

    /// <summary>Enters, or waits to.</summary>
    /// <returns>Leaves when it is disposed.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when too many wait, or this one has waited too long.</exception>
    public async ValueTask<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            lease = await limiter.AcquireAsync(key, 1, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refused();
        }

        if (lease.IsAcquired) return lease;
        lease.Dispose();
        throw Refused();
    }

    public void Dispose() => limiter.Dispose();

    RefusedException Refused() => new(Refusal.Busy, refusal) { RetryAfter = TimeSpan.FromSeconds(1) };
}
