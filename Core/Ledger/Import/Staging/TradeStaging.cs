using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>Prepares the trades of a file for the database while they are read, and collects what the import needs of them.</summary>
/// <param name="upload">Read from its start.</param>
/// <param name="zone">The time zone of the portfolio.</param>
/// <param name="now">When the entries are recorded. No trade may be on a later day.</param>
sealed class TradeStaging(Upload upload, TimeZoneInfo zone, DateTime now)
{
    // The maximum number of trades whose keys are kept in memory at once.
    const int MostKeys = 100_000;

    // In the order of the file: trades of one moment count in the order of their ids.
    readonly OrderedIds ids = new(now);
    readonly DateTime latest = Moment.EndOf(Moment.DayOf(now, zone), zone);

    /// <summary>The problems of the file.</summary>
    public CsvProblems Problems { get; } = new();

    /// <summary>The number of trades.</summary>
    public int Count { get; private set; }

    /// <summary>All symbols with their ISINs; an ISIN is empty if there is none.</summary>
    public HashSet<(string Symbol, string Isin)> Names { get; } = [];

    /// <summary>Reads the file without using the trades.</summary>
    /// <returns>Whether no trade is in the file twice. False also for more than 100,000 trades, of which this is not known.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: the file has problems.</exception>
    public async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        HashSet<string>? keys = [];
        await foreach (var trade in ReadAsync(cancellationToken))
        {
            if (keys is not null && (!keys.Add(trade.TradeKey) || keys.Count > MostKeys))
                keys = null;
        }

        Problems.ThrowIfAny();
        return keys is not null;
    }

    /// <summary>The trades to stage. From the first problem on, the trades are only checked.</summary>
    public async IAsyncEnumerable<StagedTrade> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var trade in Tradebook.ReadAsync(upload.Rewind(), zone, Problems, cancellationToken))
        {
            if (trade.At > latest)
                Problems.Add(trade.Line, "trade_date", "Must not be in the future.");
            if (trade.Quantity * trade.Price >= Amounts.Limit)
                Problems.Add(trade.Line, "quantity", Amounts.ValueRule);
            if (Problems.Found.Count > 0)
                continue;
            Names.Add((trade.Symbol, trade.Isin ?? ""));
            if (Names.Count > InstrumentStore.MaxInstruments)
            {
                Problems.Add(trade.Line, "symbol", $"The file has more than {InstrumentStore.MaxInstruments} different symbols.");
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
