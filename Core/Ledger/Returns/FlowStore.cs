using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The money that came from outside or went there, of a portfolio that is being read.</summary>
sealed class FlowStore(LedgerTransaction transaction, Portfolio portfolio)
{
    // $1 user, $2 moment, $3 version of the prices that growth was calculated with.
    const string Summary = """
        select coalesce(array_agg(d.day order by d.day), '{}') as days, coalesce(array_agg(d.net order by d.day), '{}') as nets,
            (select max(f.at) from external_flows f where f.user_id = $1 and f.at <= $2) as last_at,
            (select version from price_versions) as prices_version,
            (select min(p.date) from instrument_names n join prices p on p.symbol = n.name
                where n.user_id = $1 and p.version > $3) as prices_changed
        from (
            select day, round(sum(net), 10) as net from external_flows where user_id = $1 and at <= $2 group by day
        ) as d
        """;

    // $1 user, $2 first moment, $3 last moment. Entries of the cash account have the empty string as their instrument.
    static readonly string chain = $"""
        select at, round(net, 10) as net,
            coalesce((
                select sum(e.amount) from ledger_entries e
                where e.user_id = $1 and e.instrument = '' and e.at = external_flows.at and e.kind = {(short)EntryKind.Withdrawal}
            ), 0) as withdrawn,
            round(value, 10) as value, growth
        from external_flows
        where user_id = $1 and at <= $3
            and at >= coalesce((select max(at) from external_flows where user_id = $1 and at < $2), $2)
        order by at
        """;

    /// <summary>The flows up to a moment.</summary>
    public Task<FlowSummary> ReadSummaryAsync(DateTime until) =>
        transaction.SingleAsync<FlowSummary>(Summary, new Positional().Add(portfolio.UserId).Add(until).Add(portfolio.PricesVersion));

    /// <summary>The flows from a moment on, and the one before it.</summary>
    /// <param name="until">The last moment; null for no end.</param>
    public Task<List<ExternalFlow>> ReadChainAsync(DateTime from, DateTime? until = null) =>
        transaction.QueryAsync<ExternalFlow>(chain, new Positional().Add(portfolio.UserId).Add(from).Add(until ?? EntryPosition.Last.At));
}
