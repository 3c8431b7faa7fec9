using System.Threading.RateLimiting;

namespace Core.Ledger;

/// <summary>
/// What one user may do at once in one process, and how many imports the process runs. Whoever waits here holds no database connection: changes of one portfolio
/// exclude each other anyway, by the lock of its row.
/// </summary>
public sealed class LedgerLimits(LedgerOptions options) : IDisposable
{
    /// <summary>How many changes of one portfolio may wait in one process.</summary>
    public const int MaxWaitingChanges = 64;

    static readonly TimeSpan changePatience = TimeSpan.FromSeconds(10), importPatience = TimeSpan.FromMinutes(1), retryAfter = TimeSpan.FromSeconds(5);

    readonly PartitionedRateLimiter<Guid> imports = PerUser(options.ImportsPerUser, 0);
    readonly PartitionedRateLimiter<Guid> exports = PerUser(options.ExportsPerUser, 0);
    readonly PartitionedRateLimiter<Guid> changes = PerUser(1, MaxWaitingChanges);
    readonly SemaphoreSlim running = new(options.Imports);

    /// <summary>Counts an import from its first byte to its end.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>.</exception>
    public IDisposable BeginImport(Guid userId) => Begin(imports, userId, "imports");

    /// <summary>Counts an export from its first byte to its last.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>.</exception>
    public IDisposable BeginExport(Guid userId) => Begin(exports, userId, "exports");

    /// <summary>Waits until no other request of this process changes the portfolio.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many wait. <see cref="Refusal.Busy"/>: it took too long.</exception>
    public Task<IDisposable> EnterAsync(Guid userId, CancellationToken cancellationToken) => EnterAsync(userId, changePatience, cancellationToken);

    /// <summary>Waits until no other request of this process changes the portfolio, and until there is room for an import.</summary>
    /// <inheritdoc cref="EnterAsync(Guid, CancellationToken)" path="/exception"/>
    public async Task<IDisposable> EnterImportAsync(Guid userId, CancellationToken cancellationToken)
    {
        var change = await EnterAsync(userId, importPatience, cancellationToken);
        try
        {
            if (!await running.WaitAsync(importPatience, cancellationToken)) throw Busy("Too many files are imported at once. Try again shortly.");
        }
        catch
        {
            change.Dispose();
            throw;
        }

        return new Running(running, change);
    }

    public void Dispose()
    {
        imports.Dispose();
        exports.Dispose();
        changes.Dispose();
        running.Dispose();
    }

    static IDisposable Begin(PartitionedRateLimiter<Guid> limiter, Guid userId, string what)
    {
        var lease = limiter.AttemptAcquire(userId);
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        throw TooMany($"Too many {what} of yours run at once. Try again when one has ended.");
    }

    async Task<IDisposable> EnterAsync(Guid userId, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waiting.CancelAfter(patience);
        try
        {
            var lease = await changes.AcquireAsync(userId, cancellationToken: waiting.Token);
            if (lease.IsAcquired) return lease;
            lease.Dispose();
            throw TooMany("Too many changes of this portfolio wait already. Try again shortly.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Busy("Another change of this portfolio is still running. Try again shortly.");
        }
    }

    static PartitionedRateLimiter<Guid> PerUser(int permits, int queue) => PartitionedRateLimiter.Create<Guid, Guid>(user => RateLimitPartition.GetConcurrencyLimiter(
        user,
        _ => new() { PermitLimit = permits, QueueLimit = queue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));

    static RefusedException TooMany(string message) => new(Refusal.TooMany, message) { RetryAfter = retryAfter };

    static RefusedException Busy(string message) => new(Refusal.Busy, message) { RetryAfter = retryAfter };

    sealed class Running(SemaphoreSlim running, IDisposable change) : IDisposable
    {
        public void Dispose()
        {
            running.Release();
            change.Dispose();
        }
    }
}
