using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>Values a portfolio that is being read, as of one or many moments.</summary>
sealed class ValuationStore(LedgerTransaction transaction, Portfolio portfolio)
{
    /// <summary>The maximum number of positions times moments that are looked up one by one.</summary>
    internal const int MaxLookups = 1_000;

    // Each instrument's version as of each moment, and the price of its units: the last close, or the price of the last trade if there is
    // none. A close of before the last split is for units of before it.
    // $1 user, $2 moments, $3 for each the last day whose closing prices were known, $4 time zone, $5 for each the last kind of entry that
    // counts at it.
    static readonly string valued = $"""
        select m.n::integer as n, i.instrument, i.symbol, i.isin,
            v.at, v.kind, v.entry_id, v.quantity, v.cost, v.realised, v.realised_long, v.cash, v.income, v.fees, v.deposits,
            v.withdrawals, v.era, v.sold, v.trade_price, v.trade_at, v.split_at, v.split_factor,
            p.close is not null as closed, p.date as close_date,
            case
                when p.close is null then v.trade_price
                when v.split_at >= p.until then round(p.close * coalesce((
                    select b.split_factor from position_versions b
                    where b.user_id = $1 and b.instrument = i.instrument and b.at < p.until
                    order by b.at desc, b.kind desc, b.entry_id desc limit 1
                ), 1) / v.split_factor, {Amounts.CostDecimals})
                else p.close
            end as unit_price
        from unnest($2, $3, $5) with ordinality as m (at, day, kind, n)
        cross join instruments i
        cross join lateral (
            select v.at, v.kind, v.entry_id, v.quantity, v.cost, v.realised, v.realised_long, v.cash, v.income, v.fees, v.deposits,
                v.withdrawals, v.era, v.sold, v.trade_price, v.trade_at, v.split_at, v.split_factor
            from position_versions v
            where v.user_id = $1 and v.instrument = i.instrument and (v.at, v.kind) <= (m.at, m.kind)
            order by v.at desc, v.kind desc, v.entry_id desc limit 1
        ) v
        left join lateral (
            select c.close, c.date, (c.date + 1)::timestamp at time zone $4 as until
            from instrument_names name
            cross join lateral (
                select close, date from prices where symbol = name.name and date <= m.day order by date desc limit 1
            ) c
            where v.quantity > 0 and name.user_id = $1 and name.instrument = i.instrument
            order by c.date desc, name.name collate "C" limit 1
        ) p on true
        where i.user_id = $1
        """;

    static readonly string valuedTotals = $"""
        select n - 1 as moment, round(sum(cash), {Amounts.CostDecimals}) as cash,
            round(sum(quantity * coalesce(unit_price, 0)), {Amounts.CostDecimals}) as market_value,
            round(sum(deposits), {Amounts.CostDecimals}) as deposits, round(sum(withdrawals), {Amounts.CostDecimals}) as withdrawals,
            round(sum(realised), {Amounts.CostDecimals}) as realised, round(sum(realised_long), {Amounts.CostDecimals}) as realised_long
        from ({valued}) as valued
        group by n
        """;

    // $1 user, $2 moment, $3 limit.
    const string OpenLots = """
        select i.instrument, v.sold, l.era, l.last_unit, l.entry_id, l.opened_at, l.quantity, l.cost
        from instruments i
        cross join lateral (
            select sold, quantity, era from position_versions v
            where v.user_id = $1 and v.instrument = i.instrument and v.at <= $2
            order by v.at desc, v.kind desc, v.entry_id desc limit 1
        ) v
        join lots l on l.user_id = $1 and l.instrument = i.instrument and l.era = v.era and l.last_unit > v.sold
            and l.last_unit <= v.sold + v.quantity
        where i.user_id = $1 and v.quantity > 0
        order by i.instrument, l.last_unit limit $3
        """;

    /// <returns>The moment of the first entry; null if there are none.</returns>
    public Task<DateTime?> ReadFirstMomentAsync() =>
        transaction.SingleOrDefaultAsync<DateTime?>(
            "select at from ledger_entries where user_id = $1 order by at, kind, id limit 1",
            new Positional().Add(portfolio.UserId)
        );

    /// <summary>The position and price of each instrument as of a moment. Instruments without entries until then are left out.</summary>
    public PendingResult<List<ValuedPosition>> ReadPositionsLater(ValuationMoment moment) =>
        transaction.QueryLater<ValuedRow, List<ValuedPosition>>(
            valued,
            Parameters([moment]),
            rows =>
                [
                    .. rows.Select(row => new ValuedPosition(
                        row.N - 1,
                        row.Instrument,
                        row.Symbol,
                        row.Isin,
                        row.Version,
                        row.UnitPrice,
                        row.Closed ? row.CloseDate : null
                    )),
                ]
        );

    /// <summary>
    /// The totals as of each moment, in the same order. A few positions are looked up; more are read in one pass in the order of
    /// time.
    /// </summary>
    public async Task<IReadOnlyList<Totals>> ReadTotalsAsync(IReadOnlyList<ValuationMoment> moments)
    {
        if (moments.Count == 0)
            return [];
        if (moments.Count > 1 && (await ReadInstrumentsAsync()).Count * (long)moments.Count > MaxLookups)
            return await ReadTotalsInOnePassAsync(moments);

        var rows = (await transaction.QueryAsync<Totals>(valuedTotals, Parameters(moments))).ToDictionary(row => row.Moment);
        return [.. moments.Select((_, i) => rows.GetValueOrDefault(i) ?? new Totals(i, 0, 0, 0, 0, 0, 0))];
    }

    /// <summary>Like <see cref="ReadTotalsAsync"/>, for any number of positions.</summary>
    internal async Task<IReadOnlyList<Totals>> ReadTotalsInOnePassAsync(IReadOnlyList<ValuationMoment> moments) =>
        await new TotalsStore(transaction).ReadAsync(portfolio, moments, await ReadInstrumentsAsync());

    /// <summary>The first lots that were held as of a moment, by instrument, oldest first.</summary>
    public PendingResult<List<OpenLot>> ReadOpenLotsLater(DateTime at, int limit) =>
        transaction.QueryLater<OpenLotRow, List<OpenLot>>(
            OpenLots,
            new Positional().Add(portfolio.UserId).Add(at).Add(limit),
            rows =>
                [
                    .. rows.Select(row => new OpenLot(
                        row.Instrument,
                        new(row.Era, row.LastUnit, row.EntryId, row.OpenedAt, row.Quantity, row.Cost),
                        row.Sold
                    )),
                ]
        );

    Task<List<string>> ReadInstrumentsAsync() =>
        transaction.QueryAsync<string>("select instrument from instruments where user_id = $1", new Positional().Add(portfolio.UserId));

    Positional Parameters(IReadOnlyList<ValuationMoment> moments) =>
        new Positional()
            .Add(portfolio.UserId)
            .Add(moments.Select(one => one.At).ToArray())
            .Add(moments.Select(one => one.LastDay).ToArray())
            .Add(portfolio.Settings.TimeZone)
            .Add(moments.Select(one => (short)one.LastKind).ToArray());

    sealed record ValuedRow : VersionRow
    {
        public int N { get; init; }

        public string Instrument { get; init; } = "";

        public string Symbol { get; init; } = "";

        public string? Isin { get; init; }

        public bool Closed { get; init; }

        public DateOnly? CloseDate { get; init; }

        public decimal? UnitPrice { get; init; }
    }

    sealed record OpenLotRow(
        string Instrument,
        decimal Sold,
        int Era,
        decimal LastUnit,
        Guid EntryId,
        DateTime OpenedAt,
        decimal Quantity,
        decimal Cost
    );
}
