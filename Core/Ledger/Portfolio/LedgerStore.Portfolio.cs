using System.Data;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>What a portfolio was worth.</summary>
public sealed partial class LedgerStore
{
    // Each instrument's version as of each moment (in $2; $5: the last kind of entry at it; $3: the last day whose closing prices were
    // known then; $4: the time zone), and the price of its units: the last close, else what the last trade paid.
    // A close of before the last split is for units of before it.
    const string Valued = $"""
        select m.n::integer as n, i.instrument, i.symbol, i.isin, {VersionColumns}, p.close is not null as closed, p.date as close_date,
               case when p.close is null then v.trade_price
                    when v.split_at >= p.until then round(p.close * coalesce((
                        select b.split_factor from position_versions b where b.user_id = $1 and b.instrument = i.instrument
                            and b.at < p.until
                        order by b.at desc, b.kind desc, b.entry_id desc limit 1), 1) / v.split_factor, 10)
                    else p.close end as unit_price
        from unnest($2, $3, $5) with ordinality as m (at, day, kind, n)
        cross join instruments i
        cross join lateral (
            select {VersionRow.Columns} from position_versions v where v.user_id = $1 and v.instrument = i.instrument and (v.at,
                v.kind) <= (m.at, m.kind)
            order by v.at desc, v.kind desc, v.entry_id desc limit 1
        ) v
        left join lateral (
            select c.close, c.date, (c.date + 1)::timestamp at time zone $4 as until
            from instrument_names name cross join lateral (select close, date from prices where symbol = name.name
                and date <= m.day order by date desc limit 1) c
            where v.quantity > 0 and name.user_id = $1 and name.instrument = i.instrument
            order by c.date desc, name.name collate "C" limit 1
        ) p on true
        where i.user_id = $1
        """;

    /// <summary>Positions times moments that are looked up one by one.</summary>
    internal const int MaxLookups = 1_000;

    const string VersionColumns =
        "v.at, v.kind, v.entry_id, v.quantity, v.cost, v.realised, v.realised_long, v.cash, v.income, v.fees, v.deposits, "
        + "v.withdrawals, v.era, v.sold, v.trade_price, v.trade_at, v.split_at, v.split_factor";

    /// <summary>Reads a portfolio, all of it as of one moment of the database.</summary>
    public async Task<T> ReadAsync<T>(Func<PortfolioReading, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var result = await read(new(connection, cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>
    /// Stores growth that was calculated, unless the portfolio has changed since, or another request has stored growth with other
    /// prices, or is changing it now: this never waits.
    /// </summary>
    /// <param name="portfolio">As it was when it was read.</param>
    public async Task WriteGrowthAsync(
        Portfolio portfolio,
        long pricesVersion,
        IReadOnlyList<ExternalFlow> flows,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                """
                with free as (
                    select user_id from portfolios where user_id = $1 and version = $2 and prices_version = $7 for update skip locked
                ), portfolio as (
                    update portfolios p set chained_until = 'infinity', prices_version = $3 from free where p.user_id = $1
                        and p.user_id = free.user_id returning p.user_id
                )
                update external_flows f set value = g.value, growth = g.growth
                from unnest($4, $5, $6) as g (at, value, growth), portfolio p
                where f.user_id = $1 and f.user_id = p.user_id and f.at = g.at
                """,
                new Positional()
                    .Add(portfolio.UserId)
                    .Add(portfolio.Version)
                    .Add(pricesVersion)
                    .Add(flows.Select(one => one.At).ToArray())
                    .Add(flows.Select(one => one.Value!.Value).ToArray())
                    .Add(flows.Select(one => one.Growth!.Value).ToArray())
                    .Add(portfolio.PricesVersion),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>The statements that read one portfolio.</summary>
    public sealed class PortfolioReading
    {
        readonly NpgsqlConnection connection;
        readonly CancellationToken cancellationToken;

        internal PortfolioReading(NpgsqlConnection connection, CancellationToken cancellationToken) =>
            (this.connection, this.cancellationToken) = (connection, cancellationToken);

        public async Task<Portfolio?> ReadPortfolioAsync(Guid userId) =>
            (
                await connection.QuerySingleOrDefaultAsync<PortfolioRow>(
                    Command($"select {PortfolioRow.Columns} from portfolios where user_id = $1", new Positional().Add(userId))
                )
            )?.Portfolio;

        /// <summary>When the first entry is; null without any.</summary>
        public async Task<DateTime?> ReadFirstAsync(Guid userId) =>
            await connection.QuerySingleOrDefaultAsync<DateTime?>(
                Command("select at from ledger_entries where user_id = $1 order by at, kind, id limit 1", new Positional().Add(userId))
            );

        /// <summary>The money that came from outside and went there up to a moment.</summary>
        public Task<FlowSummary> ReadFlowsAsync(Portfolio portfolio, DateTime at) =>
            connection.QuerySingleAsync<FlowSummary>(
                Command(
                    """
                    select coalesce(array_agg(d.day order by d.day), '{}') as days, coalesce(array_agg(d.net order by d.day), '{}') as nets,
                           (select max(f.at) from external_flows f where f.user_id = $1 and f.at <= $2) as last_at,
                           (select version from price_versions) as prices_version,
                           (select min(p.date) from instrument_names n join prices p on p.symbol = n.name where n.user_id = $1
                               and p.version > $3) as prices_changed
                    from (select day, round(sum(net), 10) as net from external_flows where user_id = $1 and at <= $2 group by day) as d
                    """,
                    new Positional().Add(portfolio.UserId).Add(at).Add(portfolio.PricesVersion)
                )
            );

        /// <summary>The flows from a moment on, and the one before it.</summary>
        /// <param name="until">The last moment; null for no end.</param>
        public async Task<IReadOnlyList<ExternalFlow>> ReadChainAsync(Guid userId, DateTime from, DateTime? until = null)
        {
            var parameters = new Positional().Add(userId).Add(from);
            if (until is { } end)
                parameters.Add(end);
            return
            [
                .. await connection.QueryAsync<ExternalFlow>(
                    Command(
                        $"""
                        select at, round(net, 10) as net,
                               coalesce((select sum(e.amount) from ledger_entries e where e.user_id = $1 and e.instrument = ''
                                   and e.at = external_flows.at and e.kind = 6), 0) as withdrawn,
                               round(value, 10) as value, growth
                        from external_flows
                        where user_id = $1 and at >= coalesce((select max(at) from external_flows where user_id = $1 and at < $2), $2)
                          {(until is null ? "" : "and at <= $3")}
                        order by at
                        """,
                        parameters
                    )
                ),
            ];
        }

        /// <summary>
        /// The position of each instrument as of each moment, and its price. Those of which there was nothing yet are left
        /// out.
        /// </summary>
        public async Task<IReadOnlyList<ValuedPosition>> ReadPositionsAsync(Portfolio portfolio, IReadOnlyList<ValuationMoment> moments) =>
            [
                .. (await connection.QueryAsync<ValuedRow>(Command(Valued, Parameters(portfolio, moments)))).Select(
                    row => new ValuedPosition(
                        row.N - 1,
                        row.Instrument,
                        row.Symbol,
                        row.Isin,
                        row.Version,
                        row.UnitPrice,
                        row.Closed ? row.CloseDate : null
                    )
                ),
            ];

        /// <summary>
        /// The totals as of each moment, in their order. A few positions are looked up; for more there is one pass in the
        /// order of time.
        /// </summary>
        public async Task<IReadOnlyList<Totals>> ReadTotalsAsync(Portfolio portfolio, IReadOnlyList<ValuationMoment> moments)
        {
            if (moments.Count == 0)
                return [];
            if (moments.Count > 1 && (await ReadInstrumentsAsync(portfolio.UserId)).Count * (long)moments.Count > MaxLookups)
                return await ReadTotalsInOnePassAsync(portfolio, moments);

            var rows = (
                await connection.QueryAsync<Totals>(
                    Command(
                        $"""
                        select n - 1 as moment, round(sum(cash), 10) as cash, round(sum(quantity * coalesce(unit_price, 0)),
                            10) as market_value, round(sum(deposits), 10) as deposits, round(sum(withdrawals), 10) as withdrawals,
                               round(sum(realised), 10) as realised, round(sum(realised_long), 10) as realised_long
                        from ({Valued}) as valued group by n
                        """,
                        Parameters(portfolio, moments)
                    )
                )
            ).ToDictionary(row => row.Moment);
            return [.. moments.Select((_, i) => rows.GetValueOrDefault(i) ?? new Totals(i, 0, 0, 0, 0, 0, 0))];
        }

        /// <summary>As <see cref="ReadTotalsAsync"/>, whatever the number of positions.</summary>
        internal async Task<IReadOnlyList<Totals>> ReadTotalsInOnePassAsync(Portfolio portfolio, IReadOnlyList<ValuationMoment> moments) =>
            await new TotalsStore(connection, cancellationToken).ReadAsync(
                portfolio,
                moments,
                await ReadInstrumentsAsync(portfolio.UserId)
            );

        async Task<List<string>> ReadInstrumentsAsync(Guid userId) =>
            (
                await connection.QueryAsync<string>(
                    Command("select instrument from instruments where user_id = $1", new Positional().Add(userId))
                )
            ).AsList();

        /// <summary>The lots that were held as of a moment, by instrument, the first bought first.</summary>
        public async Task<IReadOnlyList<OpenLot>> ReadLotsAsync(Guid userId, DateTime at) =>
            [
                .. (
                    await connection.QueryAsync<OpenLotRow>(
                        Command(
                            """
                            select i.instrument, v.sold, l.era, l.upto, l.entry_id, l.opened_at, l.quantity, l.cost
                            from instruments i
                            cross join lateral (
                                select sold, quantity, era from position_versions v where v.user_id = $1 and v.instrument = i.instrument
                                    and v.at <= $2
                                order by v.at desc, v.kind desc, v.entry_id desc limit 1
                            ) v
                            join lots l on l.user_id = $1 and l.instrument = i.instrument and l.era = v.era and l.upto > v.sold
                                and l.upto <= v.sold + v.quantity
                            where i.user_id = $1 and v.quantity > 0
                            order by i.instrument, l.upto
                            """,
                            new Positional().Add(userId).Add(at)
                        )
                    )
                ).Select(row => new OpenLot(
                    row.Instrument,
                    new(row.Era, row.Upto, row.EntryId, row.OpenedAt, row.Quantity, row.Cost),
                    row.Sold
                )),
            ];

        static Positional Parameters(Portfolio portfolio, IReadOnlyList<ValuationMoment> moments) =>
            new Positional()
                .Add(portfolio.UserId)
                .Add(moments.Select(one => one.At).ToArray())
                .Add(moments.Select(one => one.LastDay).ToArray())
                .Add(portfolio.Settings.TimeZone)
                .Add(moments.Select(one => (short)one.LastKind).ToArray());

        CommandDefinition Command(string statement, object parameters) => new(statement, parameters, cancellationToken: cancellationToken);
    }

    sealed record OpenLotRow(
        string Instrument,
        decimal Sold,
        int Era,
        decimal Upto,
        Guid EntryId,
        DateTime OpenedAt,
        decimal Quantity,
        decimal Cost
    );
}

/// <summary>A row of the statement that values positions.</summary>
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
