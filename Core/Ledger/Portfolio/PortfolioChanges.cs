using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>Runs the changes of requests: those of one portfolio one after another.</summary>
public sealed class PortfolioChanges(PortfolioStore portfolios, LedgerLimits limits, PostgresDatabase database)
{
    /// <summary>
    /// Runs a change and commits it. If the transaction is ended to break a deadlock, or the connection is lost before the commit, the
    /// change runs once more: it must change nothing but the database.
    /// </summary>
    /// <param name="run">Has to lock the portfolio first: <see cref="PortfolioChange.LockAsync"/>.</param>
    /// <param name="isIdempotent">The change recognizes that it was committed before: it also runs once more if the connection is lost
    /// during the commit.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> if an amount has too many digits, besides what the change
    /// throws.</exception>
    public async Task<T> RunAsync<T>(
        Guid userId,
        Func<PortfolioChange, Task<T>> run,
        CancellationToken cancellationToken,
        bool isIdempotent = false
    )
    {
        using var turn = await limits.EnterAsync(userId, cancellationToken);
        var committing = false;
        // Before its commit a change has changed nothing, an idempotent one recognizes its commit, and a busy database has rolled back.
        // A statement whose plan is stale is not executed, nor is the commit that goes with it.
        return await database.RetryAsync(
            AttemptAsync,
            failure => !committing || isIdempotent || failure.Kind == DatabaseFailureKind.Busy || failure.IsStalePlan,
            cancellationToken
        );

        async Task<T> AttemptAsync()
        {
            await using var change = await portfolios.BeginChangeAsync(userId, cancellationToken);
            T result;
            try
            {
                result = await run(change);
            }
            catch (OverflowException e)
            {
                throw new RefusedException(Refusal.Invalid, e.Message);
            }

            committing = true;
            await change.CommitAsync();
            return result;
        }
    }
}
