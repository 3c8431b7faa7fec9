using Dapper;
using FunctionsApp.Core.Database;
using NpgsqlTypes;

namespace FunctionsApp.Core.Ledger;

/// <summary>Many trades at once.</summary>
public sealed partial class PortfolioStore
{
    /// <summary>Takes trades into a table of this transaction, one by one as they come.</summary>
    public async Task StageAsync(IAsyncEnumerable<StagedTrade> trades)
    {
        await connection.ExecuteAsync(
            Command(
                """
                create temporary table staged_trades (
                    line integer, id uuid, at timestamptz, kind smallint, symbol text, isin text, quantity numeric, price numeric,
                        cash numeric, trade_key text
                ) on commit drop
                """,
                new Positional()
            )
        );
        await using var copy = await BeginCopyAsync("copy staged_trades from stdin (format binary)");
        await foreach (var (line, id, at, kind, symbol, isin, quantity, price, cash, key) in trades.WithCancellation(cancellationToken))
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(line, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync((short)kind, NpgsqlDbType.Smallint, cancellationToken);
            await copy.WriteAsync(symbol, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(isin ?? "", NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(quantity, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(price, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(cash, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(key, NpgsqlDbType.Text, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Records the staged trades that are not there yet.</summary>
    /// <param name="instruments">By symbol and ISIN, which is empty where there is none.</param>
    public async Task<RecordedTrades> RecordStagedAsync(IReadOnlyDictionary<(string Symbol, string Isin), string> instruments, DateTime now)
    {
        var rows = (
            await connection.QueryAsync<RecordedRow>(
                Command(
                    """
                    with mapped as materialized (
                        select symbol, isin, instrument from unnest($2, $3, $4) as m (symbol, isin, instrument)
                    ), recorded as (
                        insert into ledger_entries (user_id, id, at, kind, instrument, symbol, isin, quantity, price, charges,
                            trade_key, cash, created_at)
                        select $1, t.id, t.at, t.kind, m.instrument, t.symbol, nullif(t.isin, ''), t.quantity, t.price, 0,
                            t.trade_key, t.cash, $5
                        from staged_trades t join mapped m on m.symbol = t.symbol and m.isin = t.isin
                        order by t.line
                        on conflict (user_id, trade_key) where trade_key is not null do nothing
                        returning instrument, at, kind, id
                    )
                    (select distinct on (instrument) instrument, at, kind, id, null::integer as count, null::date[] as days
                        from recorded order by instrument, at, kind, id)
                    union all
                    select null, null, null, null, (select count(*) from recorded)::integer, (
                        select coalesce(array_agg(day order by day), '{}') from (select distinct (at at time zone 'UTC')::date as day
                            from recorded) as days
                    )
                    """,
                    Names(new Positional().Add(UserId), instruments).Add(now)
                )
            )
        ).AsList();
        var all = rows.Single(row => row.Instrument is null);
        return new(
            all.Count!.Value,
            rows.Where(row => row.Instrument is not null)
                .ToDictionary(row => row.Instrument!, row => new EntryPosition(row.At!.Value, (EntryKind)row.Kind!.Value, row.Id!.Value)),
            all.Days!
        );
    }

    /// <summary>Staged trades whose like was recorded before, but as something else.</summary>
    /// <param name="instruments">As in <see cref="RecordStagedAsync"/>.</param>
    /// <returns>Their lines in the file, and ids.</returns>
    public async Task<IReadOnlyList<(int Line, string Key)>> ReadContradictionsAsync(
        IReadOnlyDictionary<(string Symbol, string Isin), string> instruments,
        int limit
    ) =>
        [
            .. await connection.QueryAsync<(int, string)>(
                Command(
                    """
                    select t.line, t.trade_key from staged_trades t join ledger_entries e on e.user_id = $1 and e.trade_key = t.trade_key
                    join unnest($3, $4, $5) as m (symbol, isin, instrument) on m.symbol = t.symbol and m.isin = t.isin
                    where e.id <> t.id and (e.instrument, e.kind, e.quantity, e.price) <> (m.instrument, t.kind, t.quantity, t.price)
                    order by t.line limit $2
                    """,
                    Names(new Positional().Add(UserId).Add(limit), instruments)
                )
            ),
        ];

    /// <summary>Records deposits.</summary>
    public Task AddDepositsAsync(IReadOnlyList<LedgerEntry> deposits) =>
        connection.ExecuteAsync(
            Command(
                """
                insert into ledger_entries (user_id, id, at, kind, instrument, amount, note, cash, created_at)
                select $1, id, at, 1, '', amount, note, amount, $6 from unnest($2, $3, $4, $5) as d (id, at, amount, note)
                """,
                new Positional()
                    .Add(UserId)
                    .Add(deposits.Select(one => one.Id).ToArray())
                    .Add(deposits.Select(one => one.At).ToArray())
                    .Add(deposits.Select(one => one.Amount!.Value).ToArray())
                    .Add(deposits.Select(one => one.Note).ToArray())
                    .Add(deposits[0].CreatedAt)
            )
        );

    static Positional Names(Positional parameters, IReadOnlyDictionary<(string Symbol, string Isin), string> instruments) =>
        parameters
            .Add(instruments.Keys.Select(one => one.Symbol).ToArray())
            .Add(instruments.Keys.Select(one => one.Isin).ToArray())
            .Add(instruments.Values.ToArray());

    sealed class RecordedRow
    {
        public string? Instrument { get; init; }

        public DateTime? At { get; init; }

        public short? Kind { get; init; }

        public Guid? Id { get; init; }

        public int? Count { get; init; }

        public DateOnly[]? Days { get; init; }
    }
}

/// <summary>A trade on its way into the ledger.</summary>
/// <param name="Line">Of the file.</param>
/// <param name="Cash">What it adds to the cash account.</param>
/// <param name="Key">Recognises it in another file.</param>
public sealed record StagedTrade(
    int Line,
    Guid Id,
    DateTime At,
    EntryKind Kind,
    string Symbol,
    string? Isin,
    decimal Quantity,
    decimal Price,
    decimal Cash,
    string Key
);

/// <summary>What came of an import.</summary>
/// <param name="Count">Trades that were new.</param>
/// <param name="First">The first of them of each instrument.</param>
/// <param name="Days">The days (UTC) that they are on.</param>
public sealed record RecordedTrades(int Count, IReadOnlyDictionary<string, EntryPosition> First, DateOnly[] Days);
