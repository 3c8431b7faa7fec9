using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The cash account: how it went on each day and in each month, and what came from outside.</summary>
public sealed partial class PortfolioStore
{
    // What each moment of a day d brought. Day by day, so that it is read by the index also while the table has no statistics.
    const string MomentsOfDay = """
        select e.at, sum(e.cash) as net from ledger_entries e
        where e.user_id = $1 and e.at >= d.day::timestamp at time zone 'UTC' and e.at < (d.day + 1)::timestamp at time zone 'UTC'
            and e.cash <> 0
        group by e.at
        """;

    /// <summary>Recalculates days (UTC) and their months after their entries have changed.</summary>
    public async Task WriteCashAsync(DateOnly[] days)
    {
        await connection.ExecuteAsync(
            Command(
                $"""
                with days as (
                    select unnest($2) as day
                ), moments as (
                    select d.day, m.at, m.net from days d cross join lateral ({MomentsOfDay}) m
                ), balances as (
                    select day, net, sum(net) over (partition by day order by at) as balance from moments
                ), fresh as (
                    select day, sum(net) as net, min(balance) as low from balances group by day
                ), gone as (
                    delete from cash_days c using days d where c.user_id = $1 and c.day = d.day and not exists (select from fresh f
                        where f.day = d.day)
                )
                insert into cash_days (user_id, day, net, low) select $1, day, net, low from fresh
                on conflict (user_id, day) do update set net = excluded.net, low = excluded.low
                """,
                new Positional().Add(UserId).Add(days)
            )
        );
        await connection.ExecuteAsync(
            Command(
                """
                with months as (
                    select distinct date_trunc('month', unnest($2)::timestamp)::date as month
                ), balances as (
                    select m.month, d.net, d.low + sum(d.net) over (partition by m.month order by d.day) - d.net as low
                    from months m join cash_days d on d.user_id = $1 and d.day >= m.month and d.day < (m.month + interval '1 month')::date
                ), fresh as (
                    select month, sum(net) as net, min(low) as low from balances group by month
                ), gone as (
                    delete from cash_months c using months m where c.user_id = $1 and c.month = m.month and not exists (select
                        from fresh f where f.month = m.month)
                )
                insert into cash_months (user_id, month, net, low) select $1, month, net, low from fresh
                on conflict (user_id, month) do update set net = excluded.net, low = excluded.low
                """,
                new Positional().Add(UserId).Add(days)
            )
        );
    }

    /// <summary>The first moment after which the cash account is below zero.</summary>
    /// <returns>The moment and the balance; null when there is none.</returns>
    public async Task<(DateTime At, decimal Balance)?> ReadOverdraftAsync()
    {
        var month = await connection.QuerySingleOrDefaultAsync<OpeningRow>(
            Command(
                """
                select month as from, opening from (select month, low, sum(net) over (order by month) - net as opening
                    from cash_months where user_id = $1) as months
                where opening + low < 0 order by month limit 1
                """,
                new Positional().Add(UserId)
            )
        );
        if (month is null)
            return null;
        var row = await connection.QuerySingleAsync<BalanceRow>(
            Command(
                $"""
                with day as (
                    select day, opening from (
                        select day, low, $3 + sum(net) over (order by day) - net as opening from cash_days where user_id = $1
                            and day >= $2 and day < ($2 + interval '1 month')::date
                    ) as days
                    where opening + low < 0 order by day limit 1
                )
                select at, round(balance, 10) as balance from (
                    select m.at, d.opening + sum(m.net) over (order by m.at) as balance from day d cross join lateral ({MomentsOfDay}) m
                ) as moments
                where balance < 0 order by at limit 1
                """,
                new Positional().Add(UserId).Add(month.From).Add(month.Opening)
            )
        );
        return (row.At, row.Balance);
    }

    /// <summary>All days of the cash account, the first one first.</summary>
    public async Task<IReadOnlyList<CashDay>> ReadCashDaysAsync() =>
        [
            .. await connection.QueryAsync<CashDay>(
                Command("select day, net, low from cash_days where user_id = $1 order by day", new Positional().Add(UserId))
            ),
        ];

    /// <summary>For each day the first moment after which the account is below zero, when it begins the day with so much.</summary>
    public async Task<Dictionary<DateOnly, DateTime>> ReadFirstOverdraftsAsync(DateOnly[] days, decimal[] openings) =>
        (
            await connection.QueryAsync<(DateOnly Day, DateTime At)>(
                Command(
                    $"""
                    select distinct on (day) day, at from (
                        select d.day, m.at, d.opening + sum(m.net) over (partition by d.day order by m.at) as balance
                        from unnest($2, $3) as d (day, opening) cross join lateral ({MomentsOfDay}) m
                    ) as moments
                    where balance < 0 order by day, at
                    """,
                    new Positional().Add(UserId).Add(days).Add(openings)
                )
            )
        ).ToDictionary(row => row.Day, row => row.At);

    /// <summary>Notes what came from outside at some moments, after entries at them have changed.</summary>
    /// <param name="days">Of the moments, in the portfolio's time zone.</param>
    public Task WriteFlowsAsync(DateTime[] moments, DateOnly[] days) =>
        connection.ExecuteAsync(
            Command(
                """
                with moments as (
                    select at, day from unnest($2, $3) as m (at, day)
                ), fresh as (
                    select m.at, m.day, sum(e.cash) as net from moments m join ledger_entries e on e.user_id = $1 and e.at = m.at
                        and e.kind in (1, 6) group by m.at, m.day
                ), gone as (
                    delete from external_flows f using moments m where f.user_id = $1 and f.at = m.at and not exists (select
                        from fresh where fresh.at = m.at)
                )
                insert into external_flows (user_id, at, day, net) select $1, at, day, net from fresh
                on conflict (user_id, at) do update set net = excluded.net, value = null, growth = null
                """,
                new Positional().Add(UserId).Add(moments).Add(days)
            )
        );

    sealed record OpeningRow(DateOnly From, decimal Opening);

    sealed record BalanceRow(DateTime At, decimal Balance);
}

/// <summary>A day of the cash account.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Low">The lowest balance after a moment of the day, from where it began.</param>
public sealed record CashDay(DateOnly Day, decimal Net, decimal Low);
