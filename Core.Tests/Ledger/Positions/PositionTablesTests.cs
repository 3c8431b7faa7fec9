using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Each column of what is computed from entries gets its own value, whichever statement writes it.</summary>
public sealed class PositionTablesTests(PostgresFixture postgres) : IAsyncLifetime
{
    // No two values of a row are equal.
    static readonly PositionVersion version = new()
    {
        EntryPosition = new(Utc(1), EntryKind.Sell, Guid.Parse("00000000-0000-7000-8000-000000000001")),
        Quantity = 2,
        Cost = 3,
        Realised = 4,
        RealisedLong = 5,
        Cash = 6,
        Income = 7,
        Fees = 8,
        Deposits = 9,
        Withdrawals = 10,
        Era = 11,
        Sold = 12,
        TradePrice = 13,
        TradeAt = Utc(14),
        SplitAt = Utc(15),
        SplitFactor = 16,
    };

    static readonly PositionVersion withoutTrade = version with { TradePrice = null, TradeAt = null, SplitAt = null };

    static readonly Lot lot = new(11, 100, Guid.Parse("00000000-0000-7000-8000-000000000002"), Utc(17), 88.5m, 21);

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public void Column_names_derive_from_the_properties() =>
        Assert.Equal(
            "at, kind, entry_id, quantity, cost, realised, realised_long, cash, income, fees, deposits, withdrawals, era, sold, "
                + "trade_price, trade_at, split_at, split_factor",
            PositionTables.Versions.Names
        );

    [Fact]
    public void An_unnest_has_a_parameter_for_each_column() =>
        Assert.Equal(
            "unnest($3, $4)",
            new ColumnTable<(int One, DateTime? Other)>().Add(row => row.One).AddOptional(row => row.Other).Unnest(3)
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_version_and_a_lot_are_read_as_they_were_written(bool copied)
    {
        await using var change = await ledger.PortfolioStore.BeginChangeAsync(Guid.CreateVersion7(), Cancel);
        await change.LockAsync();
        foreach (var (instrument, written) in new[] { ("FULL", version), ("SPARSE", withoutTrade) })
        {
            var recalculated = new RecalculatedInstrument(instrument, [written], [lot]);
            if (copied)
                await change.PositionGroups.CopyAsync([recalculated]);
            else
                change.Positions.Write(recalculated);

            var read = await change.Positions.ReadBeforeAsync(instrument, EntryPosition.Last);
            Assert.Equal(Values(written), Values(read));
            Assert.Equal([lot], await change.Positions.ReadLotsAsync(instrument, read, null));
        }
    }

    static IEnumerable<(string, object?)> Values(PositionVersion one) =>
        typeof(PositionVersion).GetProperties().Select(property => (property.Name, property.GetValue(one)));

    static DateTime Utc(int day) => new(2024, 1, day, 10, 30, 0, DateTimeKind.Utc);
}
