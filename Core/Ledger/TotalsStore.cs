using Npgsql;

namespace Core.Ledger;

/// <summary>
/// Reads what a portfolio came to at many moments. Versions and closes come in order, a group of instruments at a time: the number of statements and the memory
/// depend on the number of instruments times moments, not on the length of the history, and nothing is looked up for each point.
/// </summary>
sealed class TotalsStore(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    /// <summary>Instruments times moments of one group.</summary>
    internal const int GroupSize = 200_000;

    // With more days than this from one moment to the next it is cheaper to look up a close for each moment than to read all between them.
    const int MaxDaysPerMoment = 12;

    /// <summary>The totals, in the order of the moments.</summary>
    public async Task<IReadOnlyList<Totals>> ReadAsync(Portfolio portfolio, IReadOnlyList<ValuationMoment> moments, IReadOnlyList<string> instruments)
    {
        var order = Enumerable.Range(0, moments.Count).OrderBy(i => moments[i].At).ThenBy(i => moments[i].LastKind).ToArray();
        ValuationMoment[] sorted = [.. order.Select(i => moments[i])];
        var sum = new TotalsSum(sorted, portfolio.Settings.Zone);
        foreach (var group in instruments.Chunk(Math.Max(1, GroupSize / moments.Count))) await AddAsync(sum, portfolio.UserId, sorted, group);

        var totals = new Totals[moments.Count];
        foreach (var total in sum.Read()) totals[order[total.Moment]] = total with { Moment = order[total.Moment] };
        return totals;
    }

    async Task AddAsync(TotalsSum sum, Guid userId, ValuationMoment[] moments, string[] instruments)
    {
        var versions = await ReadVersionsAsync(userId, moments, instruments);
        var held = versions.Select(sum.HeldAt).ToArray();
        var closes = await ReadClosesAsync(userId, moments, instruments, held);
        var splits = await ReadSplitsAsync(userId, instruments, versions);
        for (var i = 0; i < instruments.Length; i++) sum.Add(versions[i], closes[i], splits[i]);
    }

    // Each instrument's version as of the first moment, and of those after it the last one before each moment: of versions between the same moments, at a moment
    // with splits before the rest, only the last counts.
    async Task<List<TotalsVersion>[]> ReadVersionsAsync(Guid userId, ValuationMoment[] moments, string[] instruments)
    {
        const string Columns = "at, kind, entry_id, quantity, cash, deposits, withdrawals, realised, realised_long, trade_price, split_at, split_factor";
        var versions = instruments.Select(_ => new List<TotalsVersion>()).ToArray();
        await using var command = Command(
            $"""
            select i.n::integer - 1, v.at, v.kind, v.quantity, v.cash, v.deposits, v.withdrawals, v.realised, v.realised_long, v.trade_price, v.split_at, v.split_factor
            from unnest($2) with ordinality as i (instrument, n)
            cross join lateral (
                (
                    select {Columns} from position_versions
                    where user_id = $1 and instrument = i.instrument and (at, kind) <= ($4, $5) order by at desc, kind desc, entry_id desc limit 1
                )
                union all
                select {Columns} from (
                    select {Columns}, code, lead(code) over (order by at, kind, entry_id) as next_code
                    from position_versions
                    cross join lateral (select width_bucket(at, $3) as b) as bucket
                    cross join lateral (select 3 * b + case when b = 0 or at > ($3)[b] then 2 when kind > 0 then 1 else 0 end as code) as place
                    where user_id = $1 and instrument = i.instrument and (at, kind) > ($4, $5) and at <= $6
                ) as after
                where next_code is distinct from code
            ) v
            """,
            userId, instruments, moments.Select(one => one.At).Distinct().ToArray(), moments[0].At, (short)moments[0].LastKind, moments[^1].At);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            versions[reader.GetInt32(0)].Add(new(
                reader.GetDateTime(1), (EntryKind)reader.GetInt16(2), reader.GetDecimal(3), reader.GetDecimal(4), reader.GetDecimal(5), reader.GetDecimal(6),
                reader.GetDecimal(7), reader.GetDecimal(8), reader.IsDBNull(9) ? null : reader.GetDecimal(9), reader.IsDBNull(10) ? null : reader.GetDateTime(10),
                reader.GetDecimal(11)));
        }

        foreach (var one in versions) one.Sort((a, b) => a.At.CompareTo(b.At) is not 0 and var at ? at : a.Kind.CompareTo(b.Kind));
        return versions;
    }

    // The closes of each instrument while it was held, and the last one before that.
    async Task<DatedClose[][]> ReadClosesAsync(Guid userId, ValuationMoment[] moments, string[] instruments, (int First, int Last)?[] held)
    {
        var closes = new DatedClose[instruments.Length][];
        Array.Fill(closes, []);
        int[] asked = [.. Enumerable.Range(0, instruments.Length).Where(i => held[i] is not null)];
        if (asked.Length == 0) return closes;

        var sparse = (moments[^1].LastDay.DayNumber - moments[0].LastDay.DayNumber) / moments.Length > MaxDaysPerMoment;
        var days = sparse ? moments.Select(one => one.LastDay).Distinct().ToArray() : [];
        var between = sparse
            ? """
              select c.date, c.close from unnest($6) as day
              cross join lateral (select date, close from prices where symbol = name.name and date <= day order by date desc limit 1) c
              where day > i.first and day <= i.last and c.date > i.first
              order by day
              """
            : "select date, close from prices where symbol = name.name and date > i.first and date <= i.last and $6 = '{}' order by date";
        await using var command = Command(
            $"""
            select i.n, p.dates, p.closes
            from unnest($2, $3, $4, $5) as i (n, instrument, first, last)
            join instrument_names name on name.user_id = $1 and name.instrument = i.instrument
            cross join lateral (
                select array_agg(date) as dates, array_agg(close) as closes from (
                    (select date, close from prices where symbol = name.name and date <= i.first order by date desc limit 1)
                    union all
                    ({between})
                ) as one
            ) p
            where p.dates is not null
            order by i.n, name.name collate "C" desc
            """,
            userId, asked, asked.Select(i => instruments[i]).ToArray(), asked.Select(i => moments[held[i]!.Value.First].LastDay).ToArray(),
            asked.Select(i => moments[held[i]!.Value.Last].LastDay).ToArray(), days);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (i, dates, prices) = (reader.GetInt32(0), await reader.GetFieldValueAsync<DateOnly[]>(1, cancellationToken), await reader.GetFieldValueAsync<decimal[]>(2, cancellationToken));
            var one = new DatedClose[dates.Length];
            for (var k = 0; k < one.Length; k++) one[k] = new(dates[k], prices[k]);
            closes[i] = Merged(closes[i], one);
        }

        return closes;
    }

    // In the order of days. Of two names with a close on one day the first in the order of their code points counts: it comes last here.
    static DatedClose[] Merged(DatedClose[] some, DatedClose[] more)
    {
        if (some.Length == 0 && IsOrdered(more)) return more;
        return [.. some.Concat(more).OrderBy(close => close.Date)];

        static bool IsOrdered(DatedClose[] closes)
        {
            for (var i = 1; i < closes.Length; i++)
            {
                if (closes[i].Date < closes[i - 1].Date) return false;
            }

            return true;
        }
    }

    async Task<List<SplitFactor>[]> ReadSplitsAsync(Guid userId, string[] instruments, List<TotalsVersion>[] versions)
    {
        var splits = instruments.Select(_ => new List<SplitFactor>()).ToArray();
        int[] split = [.. Enumerable.Range(0, instruments.Length).Where(i => versions[i].Exists(version => version.SplitAt is not null))];
        if (split.Length == 0) return splits;

        await using var command = Command(
            """
            select i.n, v.at, v.split_factor from unnest($2, $3) as i (n, instrument)
            join position_versions v on v.user_id = $1 and v.instrument = i.instrument and v.kind = 0
            order by i.n, v.at
            """,
            userId, split, split.Select(i => instruments[i]).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) splits[reader.GetInt32(0)].Add(new(reader.GetDateTime(1), reader.GetDecimal(2)));
        return splits;
    }

    NpgsqlCommand Command(string statement, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(statement, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }
}
