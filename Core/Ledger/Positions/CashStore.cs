using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The cash account of a portfolio that is being changed: its balance by day and month (UTC), and its external cash flows.
/// </summary>
sealed class CashStore(LedgerTransaction transaction)
{
    // Statements read the moments of one day at a time, so that the index is used also while the table has no statistics. What they write
    // is selected with the user of the rows that are read: so Citus knows where it belongs.

    // $1 user, $2 days.
    const string DeleteEmptyDays = """
        delete from cash_days c
        where c.user_id = $1 and c.day = any($2) and (
            select true from ledger_entries e
            where e.user_id = $1 and e.at >= c.day::timestamp at time zone 'UTC'
                and e.at < (c.day + 1)::timestamp at time zone 'UTC' and e.cash <> 0
            limit 1
        ) is null
        """;

    // $1 user, $2 days.
    const string WriteDays = """
        insert into cash_days (user_id, day, net, low)
        select user_id, day, sum(net), min(balance)
        from (
            select m.user_id, d.day, m.net, sum(m.net) over (partition by m.user_id, d.day order by m.at) as balance
            from unnest($2) as d (day)
            cross join lateral (
                select e.user_id, e.at, sum(e.cash) as net from ledger_entries e
                where e.user_id = $1 and e.at >= d.day::timestamp at time zone 'UTC'
                    and e.at < (d.day + 1)::timestamp at time zone 'UTC' and e.cash <> 0
                group by e.user_id, e.at
            ) m
        ) as balances
        group by user_id, day
        on conflict (user_id, day) do update set net = excluded.net, low = excluded.low
        """;

    // $1 user, $2 days.
    const string DeleteEmptyMonths = """
        delete from cash_months c
        where c.user_id = $1 and c.month = any(array(select date_trunc('month', day::timestamp)::date from unnest($2) as d (day))) and (
            select true from cash_days d where d.user_id = $1 and d.day >= c.month and d.day < (c.month + interval '1 month')::date limit 1
        ) is null
        """;

    // $1 user, $2 days.
    const string WriteMonths = """
        insert into cash_months (user_id, month, net, low)
        select user_id, month, sum(net), min(low)
        from (
            select d.user_id, m.month, d.net,
                d.low + sum(d.net) over (partition by d.user_id, m.month order by d.day) - d.net as low
            from (select distinct date_trunc('month', day::timestamp)::date as month from unnest($2) as one (day)) m
            join cash_days d on d.user_id = $1 and d.day >= m.month and d.day < (m.month + interval '1 month')::date
        ) as balances
        group by user_id, month
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
    static readonly string overdraft = $"""
        with day as (
            select day, opening
            from (
                select day, low, $3 + sum(net) over (order by day) - net as opening
                from cash_days where user_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date
            ) as days
            where opening + low < 0 order by day limit 1
        )
        select at, round(balance, {Amounts.CostDecimals}) as balance
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

    // $1 user, $2 moments.
    static readonly string deleteEmptyFlows = $"""
        delete from external_flows f
        where f.user_id = $1 and f.at = any($2) and (
            select true from ledger_entries e
            where e.user_id = $1 and e.at = f.at and e.kind in ({(short)EntryKind.Deposit}, {(short)EntryKind.Withdrawal}) limit 1
        ) is null
        """;

    // $1 user, $2 moments, $3 their days. The growth of a moment whose flow has changed is calculated again.
    static readonly string writeFlows = $"""
        insert into external_flows (user_id, at, day, net)
        select e.user_id, m.at, m.day, sum(e.cash)
        from unnest($2, $3) as m (at, day)
        join ledger_entries e on e.user_id = $1 and e.at = m.at
            and e.kind in ({(short)EntryKind.Deposit}, {(short)EntryKind.Withdrawal})
        group by e.user_id, m.at, m.day
        on conflict (user_id, at) do update set net = excluded.net, value = null, growth = null
        """;

    /// <summary>Recalculates days (UTC) and their months after entries of these days were added or removed.</summary>
    public void UpdateDays(DateOnly[] days)
    {
        transaction.ExecuteLater(WriteDays, Of(days));
        transaction.ExecuteLater(WriteMonths, Of(days));
    }

    /// <summary>Deletes the day (UTC), the month and the flow of a moment if they have no entry, after one was removed.</summary>
    public void DeleteEmpty(DateTime moment)
    {
        DateOnly[] days = [DateOnly.FromDateTime(moment)];
        transaction.ExecuteLater(DeleteEmptyDays, Of(days));
        transaction.ExecuteLater(DeleteEmptyMonths, Of(days));
        transaction.ExecuteLater(deleteEmptyFlows, Of<DateTime>([moment]));
    }

    /// <summary>The first moment after which the balance is below zero.</summary>
    /// <returns>The moment and the balance; null if there is no such moment.</returns>
    public async Task<(DateTime At, decimal Balance)?> ReadOverdraftAsync()
    {
        var month = await transaction.SingleOrDefaultAsync<OpeningRow>(OverdrawnMonth, new Positional().Add(transaction.UserId));
        if (month is null)
            return null;
        var row = await transaction.SingleAsync<BalanceRow>(
            overdraft,
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

    /// <summary>
    /// Updates the external cash flows at some moments, after deposits or withdrawals were added or removed.
    /// </summary>
    /// <param name="zone">The time zone of the portfolio.</param>
    public void UpdateFlows(DateTime[] moments, TimeZoneInfo zone) =>
        transaction.ExecuteLater(writeFlows, Of(moments).Add(moments.Select(at => Moment.DayOf(at, zone)).ToArray()));

    Positional Of<T>(T[] daysOrMoments) => new Positional().Add(transaction.UserId).Add(daysOrMoments);

    sealed record OpeningRow(DateOnly From, decimal Opening);

    sealed record BalanceRow(DateTime At, decimal Balance);
}
