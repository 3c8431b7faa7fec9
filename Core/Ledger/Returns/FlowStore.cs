using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The external cash flows of a portfolio that is being read.</summary>
sealed class FlowStore(LedgerTransaction transaction, Portfolio portfolio)
{
    // $1 user, $2 moment.
    static readonly string summary = $$"""
        select days.days, days.nets, last.at as last_at, last.value + last.net as last_value_after, last.growth as last_growth
        from (
            select coalesce(array_agg(day order by day), '{}') as days, coalesce(array_agg(net order by day), '{}') as nets
            from (
                select day, round(sum(net), {{Amounts.CostDecimals}}) as net
                from external_flows where user_id = $1 and at <= $2 group by day
            ) as each
        ) as days
        left join (
            select at, round(net, {{Amounts.CostDecimals}}) as net, round(value, {{Amounts.CostDecimals}}) as value, growth
            from external_flows where user_id = $1 and at <= $2
            order by at desc limit 1
        ) as last on true
        """;

    // $1 user, $2 first moment, $3 last moment. Entries of the cash account have the empty string as their instrument.
    static readonly string chain = $"""
        select at, round(net, {Amounts.CostDecimals}) as net,
            coalesce((
                select sum(e.amount) from ledger_entries e
                where e.user_id = $1 and e.instrument = '' and e.at = external_flows.at and e.kind = {(short)EntryKind.Withdrawal}
            ), 0) as withdrawn,
            round(value, {Amounts.CostDecimals}) as value, growth
        from external_flows
        where user_id = $1 and at <= $3
            and at >= coalesce((select max(at) from external_flows where user_id = $1 and at < $2), $2)
        order by at
        """;

    /// <summary>The flows up to a moment.</summary>
    public PendingResult<FlowSummary> ReadSummaryLater(DateTime until) =>
        transaction.QueryLater<FlowSummary, FlowSummary>(summary, new Positional().Add(portfolio.UserId).Add(until), rows => rows.Single());

    /// <summary>The flows from a moment on, and the one before it.</summary>
    /// <param name="until">The last moment; null for no end.</param>
    public Task<List<ExternalFlow>> ReadChainAsync(DateTime from, DateTime? until = null) =>
        transaction.QueryAsync<ExternalFlow>(chain, new Positional().Add(portfolio.UserId).Add(from).Add(until ?? EntryPosition.Last.At));
}
