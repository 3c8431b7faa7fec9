using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>Prepares the trades of a file for the database while they are read, and collects what the import needs of them.</summary>
/// <param name="now">When the entries are recorded.</param>
/// <param name="latest">No trade may be later.</param>
sealed class TradeStaging(CsvProblems problems, DateTime now, DateTime latest)
{
    // In the order of the file: trades of one moment count in the order of their ids.
    readonly OrderedIds ids = new(now);

    /// <summary>The number of trades.</summary>
    public int Count { get; private set; }

    /// <summary>All symbols with their ISINs; an ISIN is empty if there is none.</summary>
    public HashSet<(string Symbol, string Isin)> Names { get; } = [];

    /// <summary>The trades to stage. From the first problem on, the trades are only checked.</summary>
    public async IAsyncEnumerable<StagedTrade> ReadAsync(
        IAsyncEnumerable<Trade> trades,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var trade in trades.WithCancellation(cancellationToken))
        {
            if (trade.At > latest)
                problems.Add(trade.Line, "trade_date", "Must not be in the future.");
            if (trade.Quantity * trade.Price >= Amounts.Limit)
                problems.Add(trade.Line, "quantity", Amounts.ValueRule);
            if (problems.Found.Count > 0)
                continue;
            Names.Add((trade.Symbol, trade.Isin ?? ""));
            if (Names.Count > InstrumentStore.MaxInstruments)
            {
                problems.Add(trade.Line, "symbol", $"The file has more than {InstrumentStore.MaxInstruments} different symbols.");
                yield break;
            }

            var value = Amounts.Product(trade.Quantity, trade.Price);
            Count++;
            yield return new(
                trade.Line,
                ids.Next(),
                trade.At,
                trade.IsBuy ? EntryKind.Buy : EntryKind.Sell,
                trade.Symbol,
                trade.Isin,
                trade.Quantity,
                trade.Price,
                trade.IsBuy ? -value : value,
                trade.Key
            );
        }
    }
}
