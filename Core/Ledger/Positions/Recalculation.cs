namespace FunctionsApp.Core.Ledger;

/// <summary>Recalculates the positions of a portfolio after its entries have changed.</summary>
sealed class Recalculation(PortfolioChange change)
{
    // The most entries that are in memory at once.
    const int BatchSize = 5_000;

    // From this many versions on a COPY costs less than a statement, although it takes more round trips.
    const int CopyFrom = 200;

    /// <summary>
    /// Recalculates an instrument from a position in its history on. The cost is proportional to the number of its entries after
    /// that.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>: more is sold than is held.</exception>
    public async Task RecalculateAsync(string instrument, EntryPosition from)
    {
        var before = await change.Positions.ReadBeforeAsync(instrument, from);
        await change.Positions.DeleteAfterAsync(instrument, before);
        for (IReadOnlyList<LedgerEntry> entries = []; entries.Count is 0 or BatchSize; )
        {
            entries = await change.Entries.ReadAfterAsync(instrument, before.EntryPosition, BatchSize);
            if (entries.Count == 0)
                return;

            var sold = SoldBy(entries);
            var lots = await change.Positions.ReadLotsAsync(instrument, before, sold);
            var recalculated = Apply(instrument, before, lots, sold, entries);
            if (entries.Count < CopyFrom)
                await change.Positions.WriteAsync(recalculated);
            else
                await change.PositionGroups.CopyAsync([recalculated]);
            before = recalculated.Versions[^1];
        }
    }

    /// <summary>
    /// Recalculates instruments, each from a position in its history on. Instruments with few entries after it go together, so that the
    /// number of statements depends on the number of entries, not on that of instruments.
    /// </summary>
    /// <inheritdoc cref="RecalculateAsync(string, EntryPosition)" path="/exception"/>
    public async Task RecalculateAsync(IReadOnlyList<InstrumentPosition> instruments)
    {
        var counts = await change.PositionGroups.CountFromAsync(instruments);
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
                throw LedgerConflicts.Oversold(instrument, shortfall);
            versions.Add(position.Now);
        }

        return new(instrument, versions, position.Added);
    }
}
