using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The trades of an import, in a table of its transaction, from which the new ones become entries.</summary>
sealed class StagedTradeStore(LedgerTransaction transaction)
{
    const string CreateTable = """
        create temporary table staged_trades (
            line integer, id uuid, at timestamptz, kind smallint, symbol text, isin text, quantity numeric, price numeric, cash numeric,
            trade_key text
        ) on commit drop
        """;

    // The first new entry of each instrument, and one row for all of them.
    const string Record = """
        with mapped as materialized (
            select symbol, isin, instrument from unnest(@Symbols, @Isins, @Instruments) as m (symbol, isin, instrument)
        ), recorded as (
            insert into ledger_entries (
                user_id, id, at, kind, instrument, symbol, isin, quantity, price, charges, trade_key, cash, created_at)
            select @UserId, t.id, t.at, t.kind, m.instrument, t.symbol, nullif(t.isin, ''), t.quantity, t.price, 0, t.trade_key, t.cash,
                @now
            from staged_trades t join mapped m on m.symbol = t.symbol and m.isin = t.isin
            order by t.line
            on conflict (user_id, trade_key) where trade_key is not null do nothing
            returning instrument, at, kind, id
        )
        (
            select distinct on (instrument) instrument, at, kind, id, null::integer as count, null::date[] as days
            from recorded order by instrument, at, kind, id
        )
        union all
        select null, null, null, null, (select count(*) from recorded)::integer, (
            select coalesce(array_agg(day order by day), '{}')
            from (select distinct (at at time zone 'UTC')::date as day from recorded) as days
        )
        """;

    const string Contradictions = """
        select t.line, t.trade_key
        from staged_trades t
        join ledger_entries e on e.user_id = @UserId and e.trade_key = t.trade_key
        join unnest(@Symbols, @Isins, @Instruments) as m (symbol, isin, instrument) on m.symbol = t.symbol and m.isin = t.isin
        where e.id <> t.id and (e.instrument, e.kind, e.quantity, e.price) <> (m.instrument, t.kind, t.quantity, t.price)
        order by t.line limit @limit
        """;

    static readonly ColumnTable<StagedTrade> columns = new ColumnTable<StagedTrade>()
        .Add(trade => trade.Line)
        .Add(trade => trade.Id)
        .Add(trade => trade.At)
        .Add("kind", trade => (short)trade.Kind)
        .Add(trade => trade.Symbol)
        .Add("isin", trade => trade.Isin ?? "")
        .Add(trade => trade.Quantity)
        .Add(trade => trade.Price)
        .Add(trade => trade.Cash)
        .Add(trade => trade.TradeKey);

    /// <summary>Copies trades into the table while they are read.</summary>
    public async Task StageAsync(IAsyncEnumerable<StagedTrade> trades)
    {
        var cancellationToken = transaction.CancellationToken;
        await transaction.ExecuteAsync(CreateTable, new { });
        await using var copy = await transaction.BeginCopyAsync($"copy staged_trades ({columns.Names}) from stdin (format binary)");
        await foreach (var trade in trades.WithCancellation(cancellationToken))
        {
            await copy.StartRowAsync(cancellationToken);
            await columns.WriteAsync(copy, trade, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Records the staged trades that were not recorded before.</summary>
    /// <param name="instruments">By symbol and ISIN, which is empty if there is none.</param>
    public async Task<RecordedTrades> RecordAsync(IReadOnlyDictionary<(string Symbol, string Isin), string> instruments, DateTime now)
    {
        var rows = await transaction.QueryAsync<RecordedRow>(
            Record,
            new
            {
                transaction.UserId,
                Symbols = instruments.Keys.Select(name => name.Symbol).ToArray(),
                Isins = instruments.Keys.Select(name => name.Isin).ToArray(),
                Instruments = instruments.Values.ToArray(),
                now,
            }
        );
        var all = rows.Single(row => row.Instrument is null);
        return new(
            all.Count!.Value,
            [
                .. rows.Where(row => row.Instrument is not null)
                    .Select(row => new InstrumentPosition(row.Instrument!, new(row.At!.Value, (EntryKind)row.Kind!.Value, row.Id!.Value))),
            ],
            all.Days!
        );
    }

    /// <summary>The staged trades whose key was recorded before with other data.</summary>
    /// <param name="instruments">As in <see cref="RecordAsync"/>.</param>
    /// <returns>Their lines in the file, and keys.</returns>
    public async Task<IReadOnlyList<(int Line, string Key)>> ReadContradictionsAsync(
        IReadOnlyDictionary<(string Symbol, string Isin), string> instruments,
        int limit
    ) =>
        await transaction.QueryAsync<(int, string)>(
            Contradictions,
            new
            {
                transaction.UserId,
                Symbols = instruments.Keys.Select(name => name.Symbol).ToArray(),
                Isins = instruments.Keys.Select(name => name.Isin).ToArray(),
                Instruments = instruments.Values.ToArray(),
                limit,
            }
        );

    sealed record RecordedRow
    {
        public string? Instrument { get; init; }

        public DateTime? At { get; init; }

        public short? Kind { get; init; }

        public Guid? Id { get; init; }

        public int? Count { get; init; }

        public DateOnly[]? Days { get; init; }
    }
}
