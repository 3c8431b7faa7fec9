using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The cash account of a portfolio that is being changed: its balance by day and month (UTC), and the money that came from outside or went
/// there.
/// </summary>
sealed class CashStore(LedgerTransaction transaction)
{
    // Statements read the moments of one day at a time, so that the index is used also while the table has no statistics.

    // $1 user, $2 days.
    const string UpdateDays = """
        with days as (
            select unnest($2) as day
        ), moments as (
            select d.day, m.at, m.net
            from days d
            cross join lateral (
                select e.at, sum(e.cash) as net from ledger_entries e
                where e.user_id = $1 and e.at >= d.day::timestamp at time zone 'UTC'
                    and e.at < (d.day + 1)::timestamp at time zone 'UTC' and e.cash <> 0
                group by e.at
            ) m
        ), balances as (
            select day, net, sum(net) over (partition by day order by at) as balance from moments
        ), fresh as (
            select day, sum(net) as net, min(balance) as low from balances group by day
        ), gone as (
            delete from cash_days c using days d
            where c.user_id = $1 and c.day = d.day and not exists (select from fresh f where f.day = d.day)
        )
        insert into cash_days (user_id, day, net, low) select $1, day, net, low from fresh
        on conflict (user_id, day) do update set net = excluded.net, low = excluded.low
        """;

    // $1 user, $2 days.
    const string UpdateMonths = """
        with months as (
            select distinct date_trunc('month', unnest($2)::timestamp)::date as month
        ), balances as (
            select m.month, d.net, d.low + sum(d.net) over (partition by m.month order by d.day) - d.net as low
            from months m join cash_days d on d.user_id = $1 and d.day >= m.month and d.day < (m.month + interval '1 month')::date
        ), fresh as (
            select month, sum(net) as net, min(low) as low from balances group by month
        ), gone as (
            delete from cash_months c using months m
            where c.user_id = $1 and c.month = m.month and not exists (select from fresh f where f.month = m.month)
        )
        insert into cash_months (user_id, month, net, low) select $1, month, net, low from fresh
        on conflict (user_id, month) do update set net = excluded.net, low = excluded.low
        """;

    // $1 user.
    const string OverdrawnMonth = """
        select month as from, opening
        from (
            select month, low, sum(net) over (order by month) - net as opening from cash_months where user_id = $1
        ) as months
        where opening + low < 0 order by month limit 1
        """;

    // $1 user, $2 month, $3 balance before it.
    const string Overdraft = """
        with day as (
            select day, opening
            from (
                select day, low, $3 + sum(net) over (order by day) - net as opening
                from cash_days where user_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date
            ) as days
            where opening + low < 0 order by day limit 1
        )
        select at, round(balance, 10) as balance
        from (
            select m.at, d.opening + sum(m.net) over (order by m.at) as balance
            from day d
            cross join lateral (
                select e.at, sum(e.cash) as net from ledger_entries e
                where e.user_id = $1 and e.at >= d.day::timestamp at time zone 'UTC'
                    and e.at < (d.day + 1)::timestamp at time zone 'UTC' and e.cash <> 0
                group by e.at
            ) m
        ) as moments
        where balance < 0 order by at limit 1
        """;

    const string FirstOverdrafts = """
        select distinct on (day) day, at
        from (
            select d.day, m.at, d.opening + sum(m.net) over (partition by d.day order by m.at) as balance
            from unnest(@days, @openings) as d (day, opening)
            cross join lateral (
                select e.at, sum(e.cash) as net from ledger_entries e
                where e.user_id = @UserId and e.at >= d.day::timestamp at time zone 'UTC'
                    and e.at < (d.day + 1)::timestamp at time zone 'UTC' and e.cash <> 0
                group by e.at
            ) m
        ) as moments
        where balance < 0 order by day, at
        """;

    // $1 user, $2 moments, $3 their days. The growth of a moment whose flow has changed is calculated again.
    static readonly string updateFlows = $"""
        with moments as (
            select at, day from unnest($2, $3) as m (at, day)
        ), fresh as (
            select m.at, m.day, sum(e.cash) as net
            from moments m
            join ledger_entries e on e.user_id = $1 and e.at = m.at
                and e.kind in ({(short)EntryKind.Deposit}, {(short)EntryKind.Withdrawal})
            group by m.at, m.day
        ), gone as (
            delete from external_flows f using moments m
            where f.user_id = $1 and f.at = m.at and not exists (select from fresh where fresh.at = m.at)
        )
        insert into external_flows (user_id, at, day, net) select $1, at, day, net from fresh
        on conflict (user_id, at) do update set net = excluded.net, value = null, growth = null
        """;

    /// <summary>Recalculates days (UTC) and their months after their entries have changed.</summary>
    public async Task UpdateDaysAsync(DateOnly[] days)
    {
        await transaction.ExecuteAsync(UpdateDays, new Positional().Add(transaction.UserId).Add(days));
        await transaction.ExecuteAsync(UpdateMonths, new Positional().Add(transaction.UserId).Add(days));
    }

    /// <summary>The first moment after which the balance is below zero.</summary>
    /// <returns>The moment and the balance; null if there is no such moment.</returns>
    public async Task<(DateTime At, decimal Balance)?> ReadOverdraftAsync()
    {
        var month = await transaction.SingleOrDefaultAsync<OpeningRow>(OverdrawnMonth, new Positional().Add(transaction.UserId));
        if (month is null)
            return null;
        var row = await transaction.SingleAsync<BalanceRow>(
            Overdraft,
            new Positional().Add(transaction.UserId).Add(month.From).Add(month.Opening)
        );
        return (row.At, row.Balance);
    }

    /// <summary>All days of the cash account, oldest first.</summary>
    public Task<List<CashDay>> ReadDaysAsync() =>
        transaction.QueryAsync<CashDay>(
            "select day, net, low from cash_days where user_id = @UserId order by day",
            new { transaction.UserId }
        );

    /// <summary>For each day, the first moment after which the balance is below zero.</summary>
    /// <param name="openings">The balance at the start of each day.</param>
    public async Task<Dictionary<DateOnly, DateTime>> ReadFirstOverdraftsAsync(DateOnly[] days, decimal[] openings) =>
        (
            await transaction.QueryAsync<(DateOnly Day, DateTime At)>(
                FirstOverdrafts,
                new
                {
                    transaction.UserId,
                    days,
                    openings,
                }
            )
        ).ToDictionary(row => row.Day, row => row.At);

    /// <summary>Updates what came from outside or went there at some moments, after entries at these have changed.</summary>
    /// <param name="zone">The time zone of the portfolio.</param>
    public Task UpdateFlowsAsync(DateTime[] moments, TimeZoneInfo zone) =>
        transaction.ExecuteAsync(
            updateFlows,
            new Positional().Add(transaction.UserId).Add(moments).Add(moments.Select(at => Moment.DayOf(at, zone)).ToArray())
        );

    sealed record OpeningRow(DateOnly From, decimal Opening);

    sealed record BalanceRow(DateTime At, decimal Balance);
}

/// <summary>A day of the cash account.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Low">The lowest balance after a moment of the day, relative to the start of the day.</param>
public sealed record CashDay(DateOnly Day, decimal Net, decimal Low);
