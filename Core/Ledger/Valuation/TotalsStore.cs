using System.Runtime.InteropServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Reads the totals of a portfolio at many moments. Versions and closes are read in order, a group of instruments at a time: the number of
/// statements and the memory depend on the number of instruments times moments, not on the length of the history, and nothing is looked up
/// for a single point.
/// </summary>
sealed class TotalsStore(LedgerTransaction transaction)
{
    /// <summary>Instruments times moments of one group.</summary>
    internal const int GroupSize = 200_000;

    // Days of instruments whose closes are in memory at once: some megabytes.
    const int DaysAtOnce = 400_000;

    // With more days than this between moments it is cheaper to look up a close for each moment than to read all between them.
    const int MaxDaysPerMoment = 60;

    // Each instrument's version as of the first moment, and of those after it the last one before each moment: of versions between the same
    // moments, at a moment with splits before the rest, only the last counts.
    // $1 user, $2 instruments, $3 moments, $4 the first moment, $5 the last kind of entry that counts at it, $6 the last moment.
    static readonly string versionsAtMoments = $"""
        select i.n::integer - 1, v.at, v.kind, v.quantity, v.cash, v.deposits, v.withdrawals, v.realised, v.realised_long, v.trade_price,
            v.split_at, v.split_factor
        from unnest($2) with ordinality as i (instrument, n)
        cross join lateral (
            (
                select at, kind, entry_id, quantity, cash, deposits, withdrawals, realised, realised_long, trade_price, split_at,
                    split_factor
                from position_versions
                where user_id = $1 and instrument = i.instrument and (at, kind) <= ($4, $5)
                order by at desc, kind desc, entry_id desc limit 1
            )
            union all
            select at, kind, entry_id, quantity, cash, deposits, withdrawals, realised, realised_long, trade_price, split_at,
                split_factor
            from (
                select at, kind, entry_id, quantity, cash, deposits, withdrawals, realised, realised_long, trade_price, split_at,
                    split_factor, code, lead(code) over (order by at, kind, entry_id) as next_code
                from position_versions
                cross join lateral (select width_bucket(at, $3) as b) as bucket
                cross join lateral (
                    select 3 * b + case
                        when b = 0 or at > ($3)[b] then 2
                        when kind > {(short)EntryKind.Split} then 1
                        else 0
                    end as code
                ) as place
                where user_id = $1 and instrument = i.instrument and (at, kind) > ($4, $5) and at <= $6
            ) as after
            where next_code is distinct from code
        ) v
        """;

    // The closes of each instrument while it was held, in blocks of days, and those of the block before.
    // $1 user, $2 instruments, $3 for each the first block, $4 the last block.
    const string ClosesInBlocks = """
        with name as materialized (
            select i.n, i.last, name.name, row_number() over (order by i.n, name.name collate "C" desc) as place,
                coalesce((select max(block) from price_blocks where symbol = name.name and block < i.first), 0) as first
            from unnest($2, $3::integer[], $4::integer[]) with ordinality as i (instrument, first, last, n)
            join instrument_names name on name.user_id = $1 and name.instrument = i.instrument
        )
        select name.n::integer - 1, name.place::integer, one.block, one.closes
        from name
        cross join lateral (
            select block, closes from price_blocks
            where symbol = name.name and block >= name.first and block <= name.last
            order by block
        ) one
        """;

    // The close of each instrument as of each moment.
    // $1 user, $2 instruments, $3 for each the first day, $4 the last day, $5 days.
    const string ClosesOfDays = """
        select i.n::integer - 1, p.dates, p.closes
        from unnest($2, $3::date[], $4::date[]) with ordinality as i (instrument, first, last, n)
        join instrument_names name on name.user_id = $1 and name.instrument = i.instrument
        cross join lateral (
            select array_agg(date) as dates, array_agg(close) as closes
            from (
                (select date, close from prices where symbol = name.name and date <= i.first order by date desc limit 1)
                union all
                (
                    select c.date, c.close
                    from unnest($5::date[]) as day
                    cross join lateral (
                        select date, close from prices where symbol = name.name and date <= day order by date desc limit 1
                    ) c
                    where day > i.first and day <= i.last and c.date > i.first
                )
            ) as one
        ) p
        where p.dates is not null
        order by i.n, name.name collate "C" desc
        """;

    // $1 user, $2 numbers, $3 instruments.
    static readonly string splits = $"""
        select i.n, v.at, v.split_factor
        from unnest($2, $3) as i (n, instrument)
        join position_versions v on v.user_id = $1 and v.instrument = i.instrument and v.kind = {(short)EntryKind.Split}
        order by i.n, v.at
        """;

    /// <summary>The totals, in the order of the moments.</summary>
    public async Task<IReadOnlyList<Totals>> ReadAsync(
        Portfolio portfolio,
        IReadOnlyList<ValuationMoment> moments,
        IReadOnlyList<string> instruments
    )
    {
        var order = Enumerable.Range(0, moments.Count).OrderBy(i => moments[i].At).ThenBy(i => moments[i].LastKind).ToArray();
        ValuationMoment[] sorted = [.. order.Select(i => moments[i])];
        var sum = new TotalsSum(sorted, portfolio.Settings.Zone);
        foreach (var group in instruments.Chunk(Math.Max(1, GroupSize / moments.Count)))
            await AddAsync(sum, portfolio.UserId, sorted, group);

        var totals = new Totals[moments.Count];
        foreach (var total in sum.Read())
            totals[order[total.Moment]] = total with { Moment = order[total.Moment] };
        return totals;
    }

    async Task AddAsync(TotalsSum sum, Guid userId, ValuationMoment[] moments, string[] instruments)
    {
        var versions = await ReadVersionsAsync(userId, moments, instruments);
        var factors = await ReadSplitsAsync(userId, instruments, versions);
        var sparse = (moments[^1].LastDay.DayNumber - moments[0].LastDay.DayNumber) / moments.Length > MaxDaysPerMoment;
        List<HeldInstrument> batch = [];
        long days = 0;
        for (var i = 0; i < instruments.Length; i++)
        {
            if (sum.HeldAt(versions[i]) is not { } held)
            {
                sum.Add(versions[i], [], factors[i]);
                continue;
            }

            var one = new HeldInstrument(i, instruments[i], moments[held.First].LastDay, moments[held.Last].LastDay);
            batch.Add(one);
            days += sparse ? moments.Length : one.Last.DayNumber - one.First.DayNumber;
            if (days >= DaysAtOnce)
                await AddBatchAsync();
        }

        if (batch.Count > 0)
            await AddBatchAsync();

        async Task AddBatchAsync()
        {
            var closes = sparse ? await FindClosesAsync(userId, moments, batch) : await ReadClosesAsync(userId, batch);
            for (var k = 0; k < batch.Count; k++)
                sum.Add(versions[batch[k].Number], CollectionsMarshal.AsSpan(closes[k]), factors[batch[k].Number]);
            batch.Clear();
            days = 0;
        }
    }

    async Task<List<TotalsVersion>[]> ReadVersionsAsync(Guid userId, ValuationMoment[] moments, string[] instruments)
    {
        var versions = instruments.Select(_ => new List<TotalsVersion>()).ToArray();
        await using var command = transaction.CreateCommand(
            versionsAtMoments,
            userId,
            instruments,
            moments.Select(one => one.At).Distinct().ToArray(),
            moments[0].At,
            (short)moments[0].LastKind,
            moments[^1].At
        );
        await using var reader = await command.ExecuteReaderAsync(transaction.CancellationToken);
        while (await reader.ReadAsync(transaction.CancellationToken))
        {
            versions[reader.GetInt32(0)]
                .Add(
                    new(
                        reader.GetDateTime(1),
                        (EntryKind)reader.GetInt16(2),
                        reader.GetDecimal(3),
                        reader.GetDecimal(4),
                        reader.GetDecimal(5),
                        reader.GetDecimal(6),
                        reader.GetDecimal(7),
                        reader.GetDecimal(8),
                        reader.IsDBNull(9) ? null : reader.GetDecimal(9),
                        reader.IsDBNull(10) ? null : reader.GetDateTime(10),
                        reader.GetDecimal(11)
                    )
                );
        }

        foreach (var one in versions)
            one.Sort((a, b) => a.At.CompareTo(b.At) is not 0 and var at ? at : a.Kind.CompareTo(b.Kind));
        return versions;
    }

    async Task<List<DatedClose>[]> ReadClosesAsync(Guid userId, List<HeldInstrument> held)
    {
        await using var command = transaction.CreateCommand(
            ClosesInBlocks,
            userId,
            Array(held, one => one.Instrument),
            Array(held, one => PriceBlock.Of(one.First)),
            Array(held, one => PriceBlock.Of(one.Last))
        );
        var byName = held.Select(_ => new SortedDictionary<int, List<DatedClose>>()).ToArray();
        var bytes = new byte[PriceBlock.MaxSize];
        await using var reader = await command.ExecuteReaderAsync(transaction.CancellationToken);
        while (await reader.ReadAsync(transaction.CancellationToken))
        {
            var names = byName[reader.GetInt32(0)];
            if (!names.TryGetValue(reader.GetInt32(1), out var closes))
                names.Add(reader.GetInt32(1), closes = []);
            PriceBlock.Read(reader.GetInt32(2), bytes.AsSpan(0, (int)reader.GetBytes(3, 0, bytes, 0, bytes.Length)), closes);
        }

        return [.. byName.Select(names => names.Count == 1 ? names.Values.First() : Merged(names.Values.SelectMany(closes => closes)))];
    }

    async Task<List<DatedClose>[]> FindClosesAsync(Guid userId, ValuationMoment[] moments, List<HeldInstrument> held)
    {
        await using var command = transaction.CreateCommand(
            ClosesOfDays,
            userId,
            Array(held, one => one.Instrument),
            Array(held, one => one.First),
            Array(held, one => one.Last),
            moments.Select(one => one.LastDay).Distinct().ToArray()
        );
        var closes = held.Select(_ => new List<DatedClose>()).ToArray();
        await using var reader = await command.ExecuteReaderAsync(transaction.CancellationToken);
        while (await reader.ReadAsync(transaction.CancellationToken))
        {
            var dates = await reader.GetFieldValueAsync<DateOnly[]>(1, transaction.CancellationToken);
            var prices = await reader.GetFieldValueAsync<decimal[]>(2, transaction.CancellationToken);
            closes[reader.GetInt32(0)].AddRange(dates.Zip(prices, (date, price) => new DatedClose(date, price)));
        }

        return [.. closes.Select(Merged)];
    }

    // In the order of days. If two names have a close on one day, the first in the order of their code points counts: it comes last here.
    static List<DatedClose> Merged(IEnumerable<DatedClose> closes) => [.. closes.OrderBy(close => close.Date)];

    async Task<List<SplitFactor>[]> ReadSplitsAsync(Guid userId, string[] instruments, List<TotalsVersion>[] versions)
    {
        var factors = instruments.Select(_ => new List<SplitFactor>()).ToArray();
        int[] split = [.. Enumerable.Range(0, instruments.Length).Where(i => versions[i].Exists(version => version.SplitAt is not null))];
        if (split.Length == 0)
            return factors;

        await using var command = transaction.CreateCommand(splits, userId, split, split.Select(i => instruments[i]).ToArray());
        await using var reader = await command.ExecuteReaderAsync(transaction.CancellationToken);
        while (await reader.ReadAsync(transaction.CancellationToken))
            factors[reader.GetInt32(0)].Add(new(reader.GetDateTime(1), reader.GetDecimal(2)));
        return factors;
    }

    static T[] Array<T>(List<HeldInstrument> held, Func<HeldInstrument, T> value) => [.. held.Select(value)];

    // An instrument by its number in a group, and the days between which it was held.
    readonly record struct HeldInstrument(int Number, string Instrument, DateOnly First, DateOnly Last);
}
