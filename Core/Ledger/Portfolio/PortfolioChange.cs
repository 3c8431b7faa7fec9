namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A change of one portfolio in a transaction. It has to begin with <see cref="LockAsync"/>, so that changes of a portfolio exclude each
/// other. All of it is rolled back unless it is committed. <see cref="PortfolioStore"/> begins it.
/// </summary>
public sealed class PortfolioChange : IAsyncDisposable
{
    readonly LedgerTransaction transaction;
    readonly PortfolioRowStore row;

    Portfolio? portfolio;

    internal PortfolioChange(LedgerTransaction transaction)
    {
        this.transaction = transaction;
        row = new(transaction);
        Entries = new(transaction);
        Keys = new(transaction);
        Instruments = new(transaction);
        Positions = new(transaction);
        PositionGroups = new(transaction);
        Cash = new(transaction);
        StagedTrades = new(transaction);
        TradeCopies = new(transaction);
    }

    /// <summary>The portfolio before the change.</summary>
    /// <exception cref="InvalidOperationException">It is not locked yet.</exception>
    public Portfolio Portfolio => portfolio ?? throw new InvalidOperationException("The portfolio is not locked yet.");

    internal PortfolioEntryStore Entries { get; }

    internal IdempotencyKeyStore Keys { get; }

    internal InstrumentStore Instruments { get; }

    internal PositionStore Positions { get; }

    internal PositionGroupStore PositionGroups { get; }

    internal CashStore Cash { get; }

    internal StagedTradeStore StagedTrades { get; }

    internal TradeCopyStore TradeCopies { get; }

    /// <summary>Waits until no other change holds the lock of the portfolio. Creates the portfolio if needed.</summary>
    /// <param name="ahead">Adds queries that are executed in the same round trip, under the lock. Called again if the portfolio had to
    /// be created.</param>
    public async Task LockAsync(Action? ahead = null)
    {
        portfolio = await LockExistingAsync();
        if (portfolio is null)
        {
            row.Create();
            portfolio = await LockExistingAsync() ?? throw new InvalidOperationException("A portfolio that was just created is not there.");
        }

        async Task<Portfolio?> LockExistingAsync()
        {
            var locked = row.LockLater();
            ahead?.Invoke();
            await transaction.ExecuteWaitingAsync();
            return locked.Value;
        }
    }

    public Task WriteSettingsAsync(PortfolioSettings settings) => row.WriteSettingsAsync(settings);

    /// <summary>Refuses the change if the cash account is overdrawn at any moment.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>.</exception>
    public async Task RejectOverdraftAsync()
    {
        if (await Cash.ReadOverdraftAsync() is { } overdraft)
            throw LedgerConflicts.Overdrawn(Portfolio.Settings, overdraft.At, overdraft.Balance);
    }

    /// <summary>
    /// Refuses the change if the account was deleted, and delays its deletion until the change is committed: for a change that may take so
    /// long that the erasure of the user's data would not wait for it.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Unauthenticated"/>.</exception>
    public async Task RejectDeletedUserAsync()
    {
        if (!await row.KeepUserAsync())
            throw new RefusedException(Refusal.Unauthenticated, "The account was deleted.");
    }

    /// <summary>Records that the history has changed from a moment on, and updates the symbols and ISINs of instruments.</summary>
    public void Complete(DateTime from)
    {
        row.MarkChanged(from);
        Instruments.UpdateLatestNames();
    }

    public Task CommitAsync() => transaction.CommitAsync();

    public ValueTask DisposeAsync() => transaction.DisposeAsync();
}
