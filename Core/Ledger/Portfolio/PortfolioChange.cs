namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A change of one portfolio in a transaction that holds the portfolio's lock, so that changes of a portfolio exclude each other. All of it
/// is rolled back unless it is committed. <see cref="PortfolioStore"/> begins it.
/// </summary>
public sealed class PortfolioChange : IAsyncDisposable
{
    readonly LedgerTransaction transaction;
    readonly PortfolioRowStore row;

    internal PortfolioChange(LedgerTransaction transaction, Portfolio portfolio)
    {
        this.transaction = transaction;
        Portfolio = portfolio;
        row = new(transaction);
        Entries = new(transaction);
        Keys = new(transaction);
        Instruments = new(transaction);
        Positions = new(transaction);
        PositionGroups = new(transaction);
        Cash = new(transaction);
        Trades = new(transaction);
    }

    /// <summary>The portfolio before the change.</summary>
    public Portfolio Portfolio { get; }

    internal PortfolioEntryStore Entries { get; }

    internal IdempotencyKeyStore Keys { get; }

    internal InstrumentStore Instruments { get; }

    internal PositionStore Positions { get; }

    internal PositionGroupStore PositionGroups { get; }

    internal CashStore Cash { get; }

    internal StagedTradeStore Trades { get; }

    public Task WriteSettingsAsync(PortfolioSettings settings) => row.WriteSettingsAsync(settings);

    /// <summary>Refuses the change if the cash account is overdrawn at any moment.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>.</exception>
    public async Task RejectOverdraftAsync()
    {
        if (await Cash.ReadOverdraftAsync() is { } overdraft)
            throw LedgerConflicts.Overdrawn(Portfolio.Settings, overdraft.At, overdraft.Balance);
    }

    /// <summary>Records that the history has changed from a moment on, and updates the symbols and ISINs of instruments.</summary>
    public void Complete(DateTime from)
    {
        row.MarkChanged(from);
        Instruments.UpdateLatestNames();
    }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public ValueTask DisposeAsync() => transaction.DisposeAsync();
}
