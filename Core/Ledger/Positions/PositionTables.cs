using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The columns of what is computed from entries. The user and the instrument come before them.</summary>
static class PositionTables
{
    /// <summary>Of <c>position_versions</c>.</summary>
    public static ColumnTable<PositionVersion> Versions { get; } =
        new ColumnTable<PositionVersion>()
            .Add("at", version => version.EntryPosition!.Value.At)
            .Add("kind", version => (short)version.EntryPosition!.Value.Kind)
            .Add("entry_id", version => version.EntryPosition!.Value.Id)
            .Add(version => version.Quantity)
            .Add(version => version.Cost)
            .Add(version => version.Realised)
            .Add(version => version.RealisedLong)
            .Add(version => version.Cash)
            .Add(version => version.Income)
            .Add(version => version.Fees)
            .Add(version => version.Deposits)
            .Add(version => version.Withdrawals)
            .Add(version => version.Era)
            .Add(version => version.Sold)
            .AddOptional(version => version.TradePrice)
            .AddOptional(version => version.TradeAt)
            .AddOptional(version => version.SplitAt)
            .Add(version => version.SplitFactor);

    /// <summary>Of <c>lots</c>.</summary>
    public static ColumnTable<Lot> Lots { get; } =
        new ColumnTable<Lot>()
            .Add(lot => lot.Era)
            .Add(lot => lot.LastUnit)
            .Add(lot => lot.EntryId)
            .Add(lot => lot.OpenedAt)
            .Add(lot => lot.Quantity)
            .Add(lot => lot.Cost);
}
