namespace FunctionsApp.Core.Ledger;

/// <summary>Recalculates the positions of a portfolio after its entries have changed.</summary>
sealed class Recalculation(PortfolioChange change)
{
    // The maximum number of entries that are in memory at once.
    const int BatchSize = 5_000;

    // From this many versions on a COPY costs less than a statement, although it takes more round trips.
    const int CopyFrom = 200;

    /// <summary>
    /// Calculates the position of an instrument after an entry that was added, and recalculates those after later entries.
    /// </summary>
    /// <param name="last">The latest position of the instrument, without the entry.</param>
    /// <inheritdoc cref="RecalculateAsync(string, EntryPosition)" path="/exception"/>
    public async Task AddAsync(string instrument, PositionVersion last, LedgerEntry entry)
    {
        // Most entries are recorded in the order of their moments.
        if (last.EntryPosition is null || last.EntryPosition.Value.At < entry.At)
            await ApplyAsync(instrument, last, [entry]);
        else
            await RecalculateAsync(instrument, entry.EntryPosition);
    }

    /// <summary>
    /// Recalculates an instrument from a position in its history on. The cost is proportional to the number of its entries after
    /// that.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>: more is sold than is held.</exception>
    public async Task RecalculateAsync(string instrument, EntryPosition from)
    {
        var before = await change.Positions.ReadBeforeAsync(instrument, from);
        change.Positions.DeleteAfter(instrument, before);
        int count;
        do
        {
            var entries = await change.Entries.ReadAfterAsync(instrument, before.EntryPosition, BatchSize);
            count = entries.Count;
            if (count > 0)
                before = await ApplyAsync(instrument, before, entries);
        } while (count == BatchSize);
    }

    /// <summary>
    /// Recalculates instruments, each from a position in its history on. Instruments with few entries after it go together, so that the
    /// number of statements depends on the number of entries, not on that of instruments.
    /// </summary>
    /// <param name="counts">The number of entries that each instrument has from its position on; null if it is not known.</param>
    /// <inheritdoc cref="RecalculateAsync(string, EntryPosition)" path="/exception"/>
    public async Task RecalculateAsync(IReadOnlyList<InstrumentPosition> instruments, IReadOnlyDictionary<string, int>? counts)
    {
        counts ??= await change.PositionGroups.CountFromAsync(instruments);
        List<InstrumentPosition> group = [];
        var size = 0;
        foreach (var one in instruments)
        {
            var count = counts[one.Instrument];
            if (size + count > BatchSize)
            {
                await RecalculateGroupAsync(group);
                group.Clear();
                size = 0;
            }

            if (count > BatchSize)
            {
                await RecalculateAsync(one.Instrument, one.From);
                continue;
            }

            group.Add(one);
            size += count;
        }

        await RecalculateGroupAsync(group);
    }

    // Returns the position after the entries.
    async Task<PositionVersion> ApplyAsync(string instrument, PositionVersion before, IReadOnlyList<LedgerEntry> entries)
    {
        var sold = SoldBy(entries);
        var lots = await change.Positions.ReadLotsAsync(instrument, before, sold);
        var recalculated = Apply(instrument, before, lots, sold, entries);
        if (entries.Count < CopyFrom)
            change.Positions.Write(recalculated);
        else
            await change.PositionGroups.CopyAsync([recalculated]);
        return recalculated.Versions[^1];
    }

    async Task RecalculateGroupAsync(IReadOnlyList<InstrumentPosition> group)
    {
        if (group.Count == 0)
            return;
        var before = await change.PositionGroups.ReadBeforeAsync(group);
        await change.PositionGroups.DeleteFromAsync(group, before);
        var entries = await change.PositionGroups.ReadEntriesFromAsync(group);
        decimal?[] sold = [.. entries.Select(SoldBy)];
        var lots = await change.PositionGroups.ReadLotsAsync(group, before, sold);
        await change.PositionGroups.CopyAsync([
            .. group.Select((one, i) => Apply(one.Instrument, before[i], lots[i], sold[i], entries[i])),
        ]);
    }

    // The units that the entries sell; null if all lots are needed, since a split changes their numbers.
    static decimal? SoldBy(IReadOnlyList<LedgerEntry> entries) =>
        entries.Any(entry => entry.Type == EntryKind.Split)
            ? null
            : entries.Where(entry => entry.Type == EntryKind.Sell).Sum(entry => entry.Quantity!.Value);

    RecalculatedInstrument Apply(
        string instrument,
        PositionVersion before,
        IReadOnlyList<Lot> lots,
        decimal? sold,
        IReadOnlyList<LedgerEntry> entries
    )
    {
        var position = new Position(before, lots, sold is null || sold >= before.Quantity, change.Portfolio.Settings.Holding);
        var versions = new List<PositionVersion>(entries.Count);
        foreach (var entry in entries)
        {
            if (position.Apply(entry) is { } shortfall)
                throw LedgerConflicts.Oversold(entry.Symbol ?? entry.Isin ?? instrument, shortfall);
            versions.Add(position.Now);
        }

        return new(instrument, versions, position.Added);
    }
}
