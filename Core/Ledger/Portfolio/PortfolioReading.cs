namespace FunctionsApp.Core.Ledger;

/// <summary>Reads one portfolio, all of it as of one moment of the database. <see cref="PortfolioStore"/> begins it.</summary>
public sealed class PortfolioReading : IAsyncDisposable
{
    readonly LedgerTransaction transaction;

    internal PortfolioReading(LedgerTransaction transaction, Portfolio portfolio)
    {
        this.transaction = transaction;
        Portfolio = portfolio;
        Values = new(transaction, portfolio);
        Flows = new(transaction, portfolio);
    }

    /// <summary>The portfolio, with the default settings if there is none yet.</summary>
    public Portfolio Portfolio { get; }

    internal ValuationStore Values { get; }

    internal FlowStore Flows { get; }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public ValueTask DisposeAsync() => transaction.DisposeAsync();
}
