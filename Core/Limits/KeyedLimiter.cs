using System.Threading.RateLimiting;

namespace FunctionsApp.Core;

/// <summary>
/// Limits concurrency per key, such as a run or a user, so that no key can take all connections. Callers beyond the limit wait without
/// holding any resource; a caller is refused when too many are waiting or when it has waited too long.
/// </summary>
/// <typeparam name="TKey">What is limited separately.</typeparam>
public sealed class KeyedLimiter<TKey> : IDisposable
    where TKey : notnull
{
    readonly PartitionedRateLimiter<TKey> limiter;
    readonly TimeSpan timeout;
    readonly Func<RefusedException> full,
        late;
    readonly TimeProvider time;

    /// <summary>A limiter that always refuses with <see cref="Refusal.Busy"/>.</summary>
    /// <param name="permits">The number of concurrent callers per key.</param>
    /// <param name="waiting">The number of waiting callers per key.</param>
    /// <param name="timeout">The maximum waiting time.</param>
    /// <param name="message">The message of a refusal, for callers of the API.</param>
    /// <param name="time">Measures <paramref name="timeout"/>; null for the system's clock.</param>
    public KeyedLimiter(int permits, int waiting, TimeSpan timeout, string message, TimeProvider? time = null)
        : this(permits, waiting, timeout, () => Busy(message), () => Busy(message), time) { }

    /// <param name="permits">The number of concurrent callers per key.</param>
    /// <param name="waiting">The number of waiting callers per key.</param>
    /// <param name="timeout">The default of the maximum waiting time.</param>
    /// <param name="full">Creates the refusal when too many are waiting.</param>
    /// <param name="late">Creates the refusal after the timeout.</param>
    /// <param name="time">Measures <paramref name="timeout"/>; null for the system's clock.</param>
    public KeyedLimiter(
        int permits,
        int waiting,
        TimeSpan timeout,
        Func<RefusedException> full,
        Func<RefusedException> late,
        TimeProvider? time = null
    )
    {
        (this.timeout, this.full, this.late, this.time) = (timeout, full, late, time ?? TimeProvider.System);
        var options = new ConcurrencyLimiterOptions
        {
            PermitLimit = permits,
            QueueLimit = waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        };
        // The limiters of unused keys are removed after a few seconds.
        limiter = PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.GetConcurrencyLimiter(key, _ => options));
    }

    /// <summary>Enters without waiting.</summary>
    /// <returns>Releases the permit on disposal.</returns>
    /// <exception cref="RefusedException">No permit is available.</exception>
    public IDisposable Enter(TKey key)
    {
        var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw full();
    }

    /// <summary>Enters, waiting if necessary.</summary>
    /// <inheritdoc cref="EnterAsync(TKey, TimeSpan, CancellationToken)"/>
    public ValueTask<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken) => EnterAsync(key, timeout, cancellationToken);

    /// <summary>Enters, waiting up to <paramref name="timeout"/> if necessary.</summary>
    /// <returns>Releases the permit on disposal.</returns>
    /// <exception cref="RefusedException">Too many callers are waiting, or this one has waited too long.</exception>
    public async ValueTask<IDisposable> EnterAsync(TKey key, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        using var timeoutSource = new CancellationTokenSource(timeout, time);
        using var linkedSource = CancellationTokenSource.CreateLinkedTokenSource(timeoutSource.Token, cancellationToken);
        try
        {
            lease = await limiter.AcquireAsync(key, 1, linkedSource.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw late();
        }

        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw full();
    }

    public void Dispose() => limiter.Dispose();

    static RefusedException Busy(string message) => new(Refusal.Busy, message) { RetryAfter = TimeSpan.FromSeconds(1) };
}
