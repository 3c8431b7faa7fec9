using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;
using NpgsqlTypes;

namespace FunctionsApp.Core.Ledger;

/// <summary>Many instruments in one statement.</summary>
public sealed partial class PortfolioStore
{
    /// <summary>How many entries each instrument has from a place on.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountFromAsync(IReadOnlyDictionary<string, EntryPosition> first) =>
        (
            await connection.QueryAsync<(string Instrument, int Count)>(
                Command(
                    """
                    select f.instrument, e.count::integer from unnest($2, $3, $4, $5) as f (instrument, at, kind, id)
                    cross join lateral (
                        select count(*) as count from ledger_entries
                        where user_id = $1 and instrument = f.instrument and (at, kind, id) >= (f.at, f.kind, f.id)
                    ) e
                    """,
                    EntryPositions([.. first.Select(one => (one.Key, one.Value))])
                )
            )
        ).ToDictionary(row => row.Instrument, row => row.Count);

    /// <summary>The position of each instrument just before a place in its history.</summary>
    public async Task<IReadOnlyList<PositionVersion>> ReadBeforeAsync(IReadOnlyList<(string Instrument, EntryPosition From)> group)
    {
        var rows = (
            await connection.QueryAsync<IndexedVersionRow>(
                Command(
                    $"""
                    select f.n::integer as n, {VersionRow.Columns} from unnest($2, $3, $4, $5) with ordinality as f (instrument,
                        from_at, from_kind, from_id, n)
                    cross join lateral (
                        select {VersionRow.Columns} from position_versions
                        where user_id = $1 and instrument = f.instrument and (at, kind, entry_id) < (f.from_at, f.from_kind, f.from_id)
                        order by at desc, kind desc, entry_id desc limit 1
                    ) v
                    """,
                    EntryPositions(group)
                )
            )
        ).ToDictionary(row => row.N, row => row.Version);
        return [.. group.Select((_, i) => rows.GetValueOrDefault(i + 1) ?? new PositionVersion())];
    }

    /// <summary>Each instrument's entries from a place in its history on, in their order.</summary>
    public async Task<IReadOnlyList<List<LedgerEntry>>> ReadFromAsync(IReadOnlyList<(string Instrument, EntryPosition From)> group)
    {
        List<LedgerEntry>[] entries = [.. group.Select(_ => new List<LedgerEntry>())];
        foreach (
            var row in await connection.QueryAsync<IndexedEntryRow>(
                Command(
                    $"""
                    select f.n::integer as n, {LedgerStore.EntryColumns}
                    from unnest($2, $3, $4, $5) with ordinality as f (instrument, from_at, from_kind, from_id, n)
                    cross join lateral (
                        select id, kind, at, symbol, isin, quantity, price, amount, charges, ratio, per, note, created_at
                            from ledger_entries
                        where user_id = $1 and instrument = f.instrument and (at, kind, id) >= (f.from_at, f.from_kind, f.from_id)
                    ) e
                    order by f.n, e.at, e.kind, e.id
                    """,
                    EntryPositions(group)
                )
            )
        )
            entries[row.N - 1].Add(row.Entry);
        return entries;
    }

    /// <summary>The lots of each position from the next unit to be sold on.</summary>
    /// <param name="units">For each, until so many units are covered; null for all.</param>
    public async Task<IReadOnlyList<List<Lot>>> ReadLotsAsync(
        IReadOnlyList<(string Instrument, EntryPosition From)> group,
        IReadOnlyList<PositionVersion> positions,
        IReadOnlyList<decimal?> units
    )
    {
        List<Lot>[] lots = [.. group.Select(_ => new List<Lot>())];
        int[] asked = [.. Enumerable.Range(0, group.Count).Where(i => units[i] != 0 && positions[i].Quantity > 0)];
        if (asked.Length == 0)
            return lots;
        foreach (
            var row in await connection.QueryAsync<IndexedLotRow>(
                Command(
                    """
                    select f.n, l.era, l.upto, l.entry_id, l.opened_at, l.quantity, l.cost from unnest($2, $3, $4, $5,
                        $6) as f (n, instrument, era, sold, units)
                    cross join lateral (
                        select era, upto, entry_id, opened_at, quantity, cost from lots
                        where user_id = $1 and instrument = f.instrument and era = f.era and upto > f.sold and upto <= coalesce((
                            select upto from lots where user_id = $1 and instrument = f.instrument and era = f.era
                                and upto >= f.sold + f.units order by upto limit 1
                        ), 'infinity')
                    ) l
                    order by f.n, l.upto
                    """,
                    new Positional()
                        .Add(UserId)
                        .Add(asked)
                        .Add(asked.Select(i => group[i].Instrument).ToArray())
                        .Add(asked.Select(i => positions[i].Era).ToArray())
                        .Add(asked.Select(i => positions[i].Sold).ToArray())
                        .Add(asked.Select(i => units[i]).ToArray())
                )
            )
        )
            lots[row.N].Add(row.Lot);
        return lots;
    }

    /// <summary>Deletes what followed from each instrument's entries after a position.</summary>
    public Task ForgetAfterAsync(IReadOnlyList<(string Instrument, EntryPosition From)> group, IReadOnlyList<PositionVersion> positions) =>
        connection.ExecuteAsync(
            Command(
                """
                with places as (
                    select instrument, at, kind, id, era, bought from unnest($2, $3, $4, $5, $6, $7) as f (instrument, at, kind, id,
                        era, bought)
                ), versions as (
                    delete from position_versions v using places f
                    where v.user_id = $1 and v.instrument = f.instrument and (v.at, v.kind, v.entry_id) >= (f.at, f.kind, f.id)
                )
                delete from lots l using places f where l.user_id = $1 and l.instrument = f.instrument and (l.era,
                    l.upto) > (f.era, f.bought)
                """,
                EntryPositions(group).Add(positions.Select(one => one.Era).ToArray()).Add(positions.Select(one => one.Bought).ToArray())
            )
        );

    /// <summary>Copies the positions of instruments after each of some entries, and the lots that they created.</summary>
    internal async Task CopyAsync(IReadOnlyList<FollowedInstrument> followed)
    {
        await using (
            var copy = await BeginCopyAsync(
                $"copy position_versions (user_id, instrument, {VersionRow.Columns}) from stdin (format binary)"
            )
        )
        {
            foreach (var one in followed)
            {
                foreach (var version in one.Versions)
                    await WriteAsync(copy, one.Instrument, version);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        if (followed.All(one => one.Lots.Count == 0))
            return;
        await using (
            var copy = await BeginCopyAsync(
                "copy lots (user_id, instrument, era, upto, entry_id, opened_at, quantity, cost) from stdin (format binary)"
            )
        )
        {
            foreach (var one in followed)
            {
                foreach (var lot in one.Lots)
                {
                    await BeginRowAsync(copy, one.Instrument);
                    await copy.WriteAsync(lot.Era, NpgsqlDbType.Integer, cancellationToken);
                    await copy.WriteAsync(lot.Upto, NpgsqlDbType.Numeric, cancellationToken);
                    await copy.WriteAsync(lot.EntryId, NpgsqlDbType.Uuid, cancellationToken);
                    await copy.WriteAsync(lot.OpenedAt, NpgsqlDbType.TimestampTz, cancellationToken);
                    await copy.WriteAsync(lot.Quantity, NpgsqlDbType.Numeric, cancellationToken);
                    await copy.WriteAsync(lot.Cost, NpgsqlDbType.Numeric, cancellationToken);
                }
            }

            await copy.CompleteAsync(cancellationToken);
        }
    }

    async Task<NpgsqlBinaryImporter> BeginCopyAsync(string statement)
    {
        var copy = await connection.BeginBinaryImportAsync(statement, cancellationToken);
        copy.Timeout = timeout;
        return copy;
    }

    async Task BeginRowAsync(NpgsqlBinaryImporter copy, string instrument)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(UserId, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(instrument, NpgsqlDbType.Text, cancellationToken);
    }

    // In the order of VersionRow.Columns.
    async Task WriteAsync(NpgsqlBinaryImporter copy, string instrument, PositionVersion version)
    {
        await BeginRowAsync(copy, instrument);
        var place = version.EntryPosition!.Value;
        await copy.WriteAsync(place.At, NpgsqlDbType.TimestampTz, cancellationToken);
        await copy.WriteAsync((short)place.Kind, NpgsqlDbType.Smallint, cancellationToken);
        await copy.WriteAsync(place.Id, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(version.Quantity, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Cost, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Realised, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.RealisedLong, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Cash, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Income, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Fees, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Deposits, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Withdrawals, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(version.Era, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(version.Sold, NpgsqlDbType.Numeric, cancellationToken);
        await WriteAsync(copy, version.TradePrice, NpgsqlDbType.Numeric);
        await WriteAsync(copy, version.TradeAt, NpgsqlDbType.TimestampTz);
        await WriteAsync(copy, version.SplitAt, NpgsqlDbType.TimestampTz);
        await copy.WriteAsync(version.SplitFactor, NpgsqlDbType.Numeric, cancellationToken);
    }

    Task WriteAsync<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type)
        where T : struct => value is { } some ? copy.WriteAsync(some, type, cancellationToken) : copy.WriteNullAsync(cancellationToken);

    Positional EntryPositions(IReadOnlyList<(string Instrument, EntryPosition From)> group) =>
        new Positional()
            .Add(UserId)
            .Add(group.Select(one => one.Instrument).ToArray())
            .Add(group.Select(one => one.From.At).ToArray())
            .Add(group.Select(one => (short)one.From.Kind).ToArray())
            .Add(group.Select(one => one.From.Id).ToArray());

    sealed record IndexedVersionRow : VersionRow
    {
        public int N { get; init; }
    }

    sealed record IndexedEntryRow(
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

    sealed record IndexedLotRow(int N, int Era, decimal Upto, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost)
    {
        public Lot Lot => new(Era, Upto, EntryId, OpenedAt, Quantity, Cost);
    }
}
