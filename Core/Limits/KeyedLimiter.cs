using System.Threading.RateLimiting;

namespace FunctionsApp.Core;

/// <summary>
/// Bounds how much is done at once for one key, such as a run or a user, so that one of them cannot take all connections. Those over the
/// bound wait their turn without holding anything; when too many wait, or one has waited too long, it is refused.
/// </summary>
/// <typeparam name="TKey">What is bounded separately.</typeparam>
public sealed class KeyedLimiter<TKey> : IDisposable
    where TKey : notnull
{
    readonly PartitionedRateLimiter<TKey> limiter;
    readonly TimeSpan timeout;
    readonly Func<RefusedException> full,
        late;
    readonly TimeProvider time;

    /// <summary>A limiter that refuses with <see cref="Refusal.Busy"/>, for whatever reason.</summary>
    /// <param name="permits">How many may enter at once, for each key.</param>
    /// <param name="waiting">How many more may wait, for each key.</param>
    /// <param name="timeout">How long each may wait.</param>
    /// <param name="message">The message of a refusal, a sentence for the caller of the API.</param>
    /// <param name="time">Measures <paramref name="timeout"/>; null for the system's clock.</param>
    public KeyedLimiter(int permits, int waiting, TimeSpan timeout, string message, TimeProvider? time = null)
        : this(permits, waiting, timeout, () => Busy(message), () => Busy(message), time) { }

    /// <param name="permits">How many may enter at once, for each key.</param>
    /// <param name="waiting">How many more may wait, for each key.</param>
    /// <param name="timeout">How long each may wait, unless it says so itself.</param>
    /// <param name="full">The refusal when too many wait.</param>
    /// <param name="late">The refusal after the timeout.</param>
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
        // Keys that are not used are forgotten after some seconds.
        limiter = PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.GetConcurrencyLimiter(key, _ => options));
    }

    /// <summary>Enters at once.</summary>
    /// <returns>Leaves when it is disposed.</returns>
    /// <exception cref="RefusedException">It would have to wait.</exception>
    public IDisposable Enter(TKey key)
    {
        var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw full();
    }

    /// <summary>Enters, or waits to.</summary>
    /// <inheritdoc cref="EnterAsync(TKey, TimeSpan, CancellationToken)"/>
    public ValueTask<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken) => EnterAsync(key, timeout, cancellationToken);

    /// <summary>Enters, or waits to for as long as <paramref name="timeout"/>.</summary>
    /// <returns>Leaves when it is disposed.</returns>
    /// <exception cref="RefusedException">When too many wait, or this one has waited too long.</exception>
    public async ValueTask<IDisposable> EnterAsync(TKey key, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            lease = await limiter.AcquireAsync(key, 1, either.Token);
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
