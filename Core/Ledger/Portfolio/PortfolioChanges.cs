using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>Runs the changes of requests: those of one portfolio one after another.</summary>
public sealed class PortfolioChanges(PortfolioStore portfolios, LedgerLimits limits)
{
    /// <summary>
    /// Runs a change and commits it. If the connection is lost, or the transaction is ended to break a deadlock, before the commit, the
    /// change runs once more: it must change nothing but the database.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> if an amount has too many digits, besides what the change
    /// throws.</exception>
    public async Task<T> RunAsync<T>(Guid userId, Func<PortfolioChange, Task<T>> run, CancellationToken cancellationToken)
    {
        using var turn = await limits.EnterAsync(userId, cancellationToken);
        var committing = false;
        try
        {
            return await AttemptAsync();
        }
        catch (Exception e) when (!committing && !cancellationToken.IsCancellationRequested && DatabaseFailure.Of(e) is { MayRepeat: true })
        {
            // Nothing was committed.
            return await AttemptAsync();
        }

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
            await change.CommitAsync(cancellationToken);
            return result;
        }
    }
}
