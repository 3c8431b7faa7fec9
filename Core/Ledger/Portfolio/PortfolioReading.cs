namespace FunctionsApp.Core.Ledger;

/// <summary>Reads one portfolio, all of it as of one moment of the database. <see cref="PortfolioStore"/> begins it.</summary>
public sealed class PortfolioReading : IAsyncDisposable
{
    readonly LedgerTransaction transaction;

    internal PortfolioReading(LedgerTransaction transaction, Portfolio portfolio, PriceChanges prices = default)
    {
        this.transaction = transaction;
        Portfolio = portfolio;
        Prices = prices;
        Values = new(transaction, portfolio);
        Flows = new(transaction, portfolio);
    }

    /// <summary>The portfolio, with the default settings if there is none yet.</summary>
    public Portfolio Portfolio { get; }

    /// <summary>
    /// The closing prices that have changed since the stored growth of the portfolio was calculated, if it was begun with
    /// <see cref="PortfolioStore.BeginValuationAsync"/>.
    /// </summary>
    internal PriceChanges Prices { get; }

    internal ValuationStore Values { get; }

    internal FlowStore Flows { get; }

    /// <summary>Executes the queries that wait, and ends the transaction.</summary>
    public Task CommitAsync() => transaction.CommitAsync();

    public ValueTask DisposeAsync() => transaction.DisposeAsync();
}

/// <summary>The closing prices of a portfolio that have changed.</summary>
/// <param name="Version">The version of the closing prices now.</param>
/// <param name="Changed">The first day whose close has changed; null if none has.</param>
readonly record struct PriceChanges(long Version, DateOnly? Changed);
