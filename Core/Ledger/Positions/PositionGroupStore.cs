using FunctionsApp.Core.Database;
using NpgsqlTypes;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The positions, lots and entries of many instruments of a portfolio that is being changed, so that the number of statements does not
/// depend on the number of instruments.
/// </summary>
sealed class PositionGroupStore(LedgerTransaction transaction)
{
    const string CountFrom = """
        select f.instrument, e.count::integer
        from unnest(@Instruments, @Moments, @Kinds, @Ids) as f (instrument, at, kind, id)
        cross join lateral (
            select count(*) as count from ledger_entries
            where user_id = @UserId and instrument = f.instrument and (at, kind, id) >= (f.at, f.kind, f.id)
        ) e
        """;

    const string Before = """
        select f.n::integer as n, v.at, v.kind, v.entry_id, v.quantity, v.cost, v.realised, v.realised_long, v.cash, v.income, v.fees,
            v.deposits, v.withdrawals, v.era, v.sold, v.trade_price, v.trade_at, v.split_at, v.split_factor
        from unnest(@Instruments, @Moments, @Kinds, @Ids) with ordinality as f (instrument, at, kind, id, n)
        cross join lateral (
            select v.at, v.kind, v.entry_id, v.quantity, v.cost, v.realised, v.realised_long, v.cash, v.income, v.fees, v.deposits,
                v.withdrawals, v.era, v.sold, v.trade_price, v.trade_at, v.split_at, v.split_factor
            from position_versions v
            where v.user_id = @UserId and v.instrument = f.instrument and (v.at, v.kind, v.entry_id) < (f.at, f.kind, f.id)
            order by v.at desc, v.kind desc, v.entry_id desc limit 1
        ) v
        """;

    // With "offset 0" the planner reads the index of each instrument in turn, and never all entries of the user.
    const string EntriesFrom = """
        select f.n::integer as n, e.id, e.kind as type, e.at, e.symbol, e.isin, e.quantity, e.price, e.amount, e.charges, e.ratio, e.per,
            e.note, e.created_at
        from unnest(@Instruments, @Moments, @Kinds, @Ids) with ordinality as f (instrument, at, kind, id, n)
        cross join lateral (
            select e.id, e.kind, e.at, e.symbol, e.isin, e.quantity, e.price, e.amount, e.charges, e.ratio, e.per, e.note, e.created_at
            from ledger_entries e
            where e.user_id = @UserId and e.instrument = f.instrument and (e.at, e.kind, e.id) >= (f.at, f.kind, f.id)
            offset 0
        ) e
        order by f.n, e.at, e.kind, e.id
        """;

    const string AnyVersionFrom = """
        select exists (
            select 1
            from unnest(@Instruments, @Moments, @Kinds, @Ids) as f (instrument, at, kind, id)
            cross join lateral (
                select 1 from position_versions v
                where v.user_id = @UserId and v.instrument = f.instrument and (v.at, v.kind, v.entry_id) >= (f.at, f.kind, f.id)
                limit 1
            ) v
        )
        """;

    // As the statement for one instrument in PositionStore.
    const string LotsFrom = """
        select f.n, l.era, l.last_unit, l.entry_id, l.opened_at, l.quantity, l.cost
        from unnest(@Numbers, @Instruments, @Eras, @Sold, @Units) as f (n, instrument, era, sold, units)
        cross join lateral (
            select era, last_unit, entry_id, opened_at, quantity, cost from lots
            where user_id = @UserId and instrument = f.instrument and era = f.era and last_unit > f.sold and last_unit <= coalesce((
                select last_unit from lots
                where user_id = @UserId and instrument = f.instrument and era = f.era and last_unit >= f.sold + f.units
                order by last_unit limit 1
            ), 'infinity')
        ) l
        order by f.n, l.last_unit
        """;

    const string DeleteAfter = """
        with positions as (
            select instrument, at, kind, id, era, bought
            from unnest(@Instruments, @Moments, @Kinds, @Ids, @Eras, @Bought) as f (instrument, at, kind, id, era, bought)
        ), versions as (
            delete from position_versions v using positions f
            where v.user_id = @UserId and v.instrument = f.instrument and (v.at, v.kind, v.entry_id) >= (f.at, f.kind, f.id)
        )
        delete from lots l using positions f
        where l.user_id = @UserId and l.instrument = f.instrument and (l.era, l.last_unit) > (f.era, f.bought)
        """;

    static readonly string copyVersions =
        $"copy position_versions (user_id, instrument, {PositionTables.Versions.Names}) from stdin (format binary)";

    static readonly string copyLots = $"copy lots (user_id, instrument, {PositionTables.Lots.Names}) from stdin (format binary)";

    /// <summary>The number of entries that each instrument has from a position in its history on.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountFromAsync(IReadOnlyList<InstrumentPosition> group) =>
        (await transaction.QueryAsync<(string Instrument, int Count)>(CountFrom, Parameters(group))).ToDictionary(
            row => row.Instrument,
            row => row.Count
        );

    /// <summary>The position of each instrument just before a position in its history.</summary>
    public async Task<IReadOnlyList<PositionVersion>> ReadBeforeAsync(IReadOnlyList<InstrumentPosition> group)
    {
        var rows = (await transaction.QueryAsync<NumberedVersionRow>(Before, Parameters(group))).ToDictionary(
            row => row.N,
            row => row.Version
        );
        return [.. group.Select((_, i) => rows.GetValueOrDefault(i + 1) ?? new PositionVersion())];
    }

    /// <summary>Each instrument's entries from a position in its history on, in their order.</summary>
    public async Task<IReadOnlyList<List<LedgerEntry>>> ReadEntriesFromAsync(IReadOnlyList<InstrumentPosition> group)
    {
        List<LedgerEntry>[] entries = [.. group.Select(_ => new List<LedgerEntry>())];
        foreach (var row in await transaction.QueryAsync<NumberedEntryRow>(EntriesFrom, Parameters(group)))
            entries[row.N - 1].Add(row.Entry);
        return entries;
    }

    /// <summary>The lots of each position from the next unit to be sold on.</summary>
    /// <param name="units">For each, the units that the lots have to cover; null for all lots.</param>
    public async Task<IReadOnlyList<List<Lot>>> ReadLotsAsync(
        IReadOnlyList<InstrumentPosition> group,
        IReadOnlyList<PositionVersion> positions,
        IReadOnlyList<decimal?> units
    )
    {
        List<Lot>[] lots = [.. group.Select(_ => new List<Lot>())];
        int[] needed = [.. Enumerable.Range(0, group.Count).Where(i => units[i] != 0 && positions[i].Quantity > 0)];
        if (needed.Length == 0)
            return lots;
        var rows = await transaction.QueryAsync<NumberedLotRow>(
            LotsFrom,
            new
            {
                transaction.UserId,
                Numbers = needed,
                Instruments = needed.Select(i => group[i].Instrument).ToArray(),
                Eras = needed.Select(i => positions[i].Era).ToArray(),
                Sold = needed.Select(i => positions[i].Sold).ToArray(),
                Units = needed.Select(i => units[i]).ToArray(),
            }
        );
        foreach (var row in rows)
            lots[row.N].Add(row.Lot);
        return lots;
    }

    /// <summary>Deletes what was computed from each instrument's entries from a position in its history on.</summary>
    /// <param name="before">The positions of the instruments just before.</param>
    public async Task DeleteFromAsync(IReadOnlyList<InstrumentPosition> group, IReadOnlyList<PositionVersion> before)
    {
        // There is nothing to delete after entries that are later than all others. The statement could still read all versions of the user.
        if (!await transaction.ScalarAsync<bool>(AnyVersionFrom, Parameters(group)))
            return;
        await transaction.ExecuteAsync(
            DeleteAfter,
            new
            {
                transaction.UserId,
                Instruments = group.Select(one => one.Instrument).ToArray(),
                Moments = group.Select(one => one.From.At).ToArray(),
                Kinds = group.Select(one => (short)one.From.Kind).ToArray(),
                Ids = group.Select(one => one.From.Id).ToArray(),
                Eras = before.Select(position => position.Era).ToArray(),
                Bought = before.Select(position => position.Bought).ToArray(),
            }
        );
    }

    /// <summary>Copies the positions of instruments after each of some entries, and the lots that these created.</summary>
    public async Task CopyAsync(IReadOnlyList<RecalculatedInstrument> recalculated)
    {
        await CopyAsync(copyVersions, PositionTables.Versions, recalculated, one => one.Versions);
        if (recalculated.Any(one => one.Lots.Count > 0))
            await CopyAsync(copyLots, PositionTables.Lots, recalculated, one => one.Lots);
    }

    async Task CopyAsync<TRow>(
        string statement,
        ColumnTable<TRow> columns,
        IReadOnlyList<RecalculatedInstrument> recalculated,
        Func<RecalculatedInstrument, IReadOnlyList<TRow>> rowsOf
    )
    {
        var cancellationToken = transaction.CancellationToken;
        await using var copy = await transaction.BeginCopyAsync(statement);
        foreach (var one in recalculated)
        {
            foreach (var row in rowsOf(one))
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(transaction.UserId, NpgsqlDbType.Uuid, cancellationToken);
                await copy.WriteAsync(one.Instrument, NpgsqlDbType.Text, cancellationToken);
                await columns.WriteAsync(copy, row, cancellationToken);
            }
        }

        await copy.CompleteAsync(cancellationToken);
    }

    object Parameters(IReadOnlyList<InstrumentPosition> group) =>
        new
        {
            transaction.UserId,
            Instruments = group.Select(one => one.Instrument).ToArray(),
            Moments = group.Select(one => one.From.At).ToArray(),
            Kinds = group.Select(one => (short)one.From.Kind).ToArray(),
            Ids = group.Select(one => one.From.Id).ToArray(),
        };

    sealed record NumberedVersionRow : VersionRow
    {
        public int N { get; init; }
    }

    sealed record NumberedEntryRow(
        int N,
        Guid Id,
        EntryKind Type,
        DateTime At,
        string? Symbol,
        string? Isin,
        decimal? Quantity,
        decimal? Price,
        decimal? Amount,
        decimal? Charges,
        decimal? Ratio,
        decimal? Per,
        string? Note,
        DateTime CreatedAt
    )
    {
        public LedgerEntry Entry => new(Id, Type, At, Symbol, Isin, Quantity, Price, Amount, Charges, Ratio, Per, Note, CreatedAt);
    }

    sealed record NumberedLotRow(int N, int Era, decimal LastUnit, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost)
    {
        public Lot Lot => new(Era, LastUnit, EntryId, OpenedAt, Quantity, Cost);
    }
}
