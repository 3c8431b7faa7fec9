using FunctionsApp.Core.Database;
using NpgsqlTypes;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Copies the trades of an import straight into the entries, which takes less than half of the time of staging them first. Only for a
/// portfolio without trades of earlier imports, because a COPY cannot leave out those that were recorded before.
/// </summary>
sealed class TradeCopyStore(LedgerTransaction transaction)
{
    static readonly ColumnTable<CopiedTrade> columns = new ColumnTable<CopiedTrade>()
        .Add("id", row => row.Trade.Id)
        .Add("at", row => row.Trade.At)
        .Add("kind", row => (short)row.Trade.Kind)
        .Add("instrument", row => row.Instrument)
        .Add("symbol", row => row.Trade.Symbol)
        .AddOptional(row => row.Trade.Isin)
        .Add("quantity", row => row.Trade.Quantity)
        .Add("price", row => row.Trade.Price)
        .Add("charges", _ => 0m)
        .Add("trade_key", row => row.Trade.TradeKey)
        .Add("cash", row => row.Trade.Cash)
        .Add("created_at", row => row.CreatedAt);

    static readonly string copy = $"copy ledger_entries (user_id, {columns.Names}) from stdin (format binary)";

    /// <summary>Whether a portfolio has trades of earlier imports. $1 user.</summary>
    internal const string Any = "select exists (select 1 from ledger_entries where user_id = $1 and trade_key is not null)";

    /// <summary>Whether the portfolio has trades of earlier imports.</summary>
    public Task<bool> AnyAsync() => transaction.SingleAsync<bool>(Any, new Positional().Add(transaction.UserId));

    /// <summary>Records trades while they are read.</summary>
    /// <param name="trades">All different: a COPY cannot leave out one that is there.</param>
    /// <param name="instruments">By symbol and ISIN, which is empty if there is none.</param>
    /// <returns>The counts are of these trades only.</returns>
    public async Task<RecordedTrades> CopyAsync(
        IAsyncEnumerable<StagedTrade> trades,
        IReadOnlyDictionary<(string Symbol, string Isin), string> instruments,
        DateTime now
    )
    {
        var cancellationToken = transaction.CancellationToken;
        var first = new Dictionary<string, EntryPosition>();
        var days = new SortedSet<DateOnly>();
        var counts = new Dictionary<string, int>();
        await using var importer = await transaction.BeginCopyAsync(copy);
        await foreach (var trade in trades.WithCancellation(cancellationToken))
        {
            var instrument = instruments[(trade.Symbol, trade.Isin ?? "")];
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(transaction.UserId, NpgsqlDbType.Uuid, cancellationToken);
            await columns.WriteAsync(importer, new(trade, instrument, now), cancellationToken);
            var position = new EntryPosition(trade.At, trade.Kind, trade.Id);
            if (!first.TryGetValue(instrument, out var earliest) || position < earliest)
                first[instrument] = position;
            days.Add(DateOnly.FromDateTime(trade.At));
            counts[instrument] = counts.GetValueOrDefault(instrument) + 1;
        }

        await importer.CompleteAsync(cancellationToken);
        return new(counts.Values.Sum(), [.. first.Select(one => new InstrumentPosition(one.Key, one.Value))], [.. days], counts);
    }

    readonly record struct CopiedTrade(StagedTrade Trade, string Instrument, DateTime CreatedAt);
}
