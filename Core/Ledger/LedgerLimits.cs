using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Limits what one user does concurrently in one process, and how many imports the process runs. Requests wait here without a database
/// connection: changes of one portfolio exclude each other anyway, by the lock of its row.
/// </summary>
public sealed class LedgerLimits(LedgerOptions options, PostgresDatabase database) : IDisposable
{
    /// <summary>The maximum number of changes of one portfolio that may wait in one process.</summary>
    public const int MaxWaitingChanges = 64;

    static readonly TimeSpan changeTimeout = TimeSpan.FromSeconds(10),
        importTimeout = TimeSpan.FromMinutes(1),
        retryAfter = TimeSpan.FromSeconds(5);

    readonly KeyedLimiter<Guid> imports = WithoutWaiting(options.ImportsPerUser, "imports");
    readonly KeyedLimiter<Guid> exports = WithoutWaiting(options.ExportsPerUser, "exports");
    readonly KeyedLimiter<Guid> changes = new(
        1,
        MaxWaitingChanges,
        changeTimeout,
        () => TooMany("Too many changes of this portfolio are waiting. Try again shortly."),
        () => Busy("Another change of this portfolio is still running. Try again shortly.")
    );

    // One connection for long work is left for what administrators write.
    readonly SemaphoreSlim running = new(Math.Clamp(options.Imports, 1, Math.Max(1, database.Sizes.ForLongWork - 1)));

    /// <summary>Counts an import from its first byte to its end.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>.</exception>
    public IDisposable BeginImport(Guid userId) => imports.Enter(userId);

    /// <summary>Counts an export from its first byte to its last.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>.</exception>
    public IDisposable BeginExport(Guid userId) => exports.Enter(userId);

    /// <summary>Waits until no other request of this process changes the portfolio.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many wait. <see cref="Refusal.Busy"/>: it took too
    /// long.</exception>
    public ValueTask<IDisposable> EnterAsync(Guid userId, CancellationToken cancellationToken) =>
        changes.EnterAsync(userId, cancellationToken);

    /// <summary>Waits until no other request of this process changes the portfolio, and until there is room for an import.</summary>
    /// <inheritdoc cref="EnterAsync(Guid, CancellationToken)" path="/exception"/>
    public async Task<IDisposable> EnterImportAsync(Guid userId, CancellationToken cancellationToken)
    {
        var change = await changes.EnterAsync(userId, importTimeout, cancellationToken);
        try
        {
            if (!await running.WaitAsync(importTimeout, cancellationToken))
                throw Busy("Too many files are being imported. Try again shortly.");
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

    static KeyedLimiter<Guid> WithoutWaiting(int permits, string what)
    {
        return new(permits, 0, TimeSpan.Zero, Refused, Refused);

        RefusedException Refused() => TooMany($"Too many of your {what} are running. Try again when one has finished.");
    }

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
