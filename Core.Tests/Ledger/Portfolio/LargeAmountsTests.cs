using System.Globalization;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Entries with extreme amounts are refused when they are recorded, or leave a portfolio that can be read.</summary>
public sealed class LargeAmountsTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();
    readonly string symbol = $"L{Guid.NewGuid():N}".ToUpperInvariant();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task Splits_that_leave_next_to_nothing_of_a_unit_are_refused()
    {
        await ledger.PriceAsync(symbol, "2024-01-31", 100);
        var refused = false;
        for (var day = 1; day <= 3; day++)
            refused |= await IsRefusedAsync(new(EntryKind.Split, $"2024-02-0{day}", symbol, Ratio: 0.000001m, Per: 1_000_000));
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-02-10", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-02-11", symbol, Quantity: 1, Price: 100));

        Assert.True(refused);
        Assert.NotEmpty((await ledger.ReadAsync(user)).Holdings);
    }

    [Fact]
    public async Task The_splits_of_a_share_can_multiply_it_by_a_thousand_million_and_not_by_more()
    {
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-01", symbol, Ratio: 1_000_000, Per: 0.001m));
        var refused = await ledger.RefusesAsync(user, new(EntryKind.Split, "2024-01-02", symbol, Ratio: 1.000001m));
        Assert.Equal(
            (Refusal.Invalid, "Together, the splits of a share may turn one unit into 0.000000001 to 1000000000 units."),
            (refused.Refusal, refused.Message)
        );

        // The factor is that of all splits up to the moment, in whatever order they are recorded.
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-03", symbol, Ratio: 0.001m, Per: 1_000_000));
        Assert.True(await IsRefusedAsync(new(EntryKind.Split, "2024-01-02", symbol, Ratio: 2)));
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-04", symbol, Ratio: 0.001m, Per: 1_000_000));
        Assert.True(await IsRefusedAsync(new(EntryKind.Split, "2024-01-05", symbol, Ratio: 1, Per: 2)));
    }

    [Fact]
    public async Task A_value_that_is_too_large_is_refused_in_words()
    {
        // Of one unit before the close come 1e-18 after it.
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-01", symbol, Ratio: 1_000_000, Per: 0.001m));
        await ledger.PriceAsync(symbol, "2024-01-02", 999_999_999_999);
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-04", symbol, Ratio: 0.001m, Per: 1_000_000));
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-05", symbol, Ratio: 0.001m, Per: 1_000_000));
        var bought = await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-06", symbol, Quantity: 1, Price: 0));

        await IsTooLargeAsync(() => ledger.ReadAsync(user));
        await IsTooLargeAsync(() => ledger.Portfolios.ReadTaxLotsAsync(user, null, Cancel));
        // Looked up for each day, and in one pass.
        foreach (var days in new[] { 10, 600 })
            await IsTooLargeAsync(() => HistoryAsync(new DateOnly(2024, 1, 1).AddDays(days)));

        await ledger.Entries.RemoveAsync(user, bought.Id, Cancel);
        Assert.Empty((await ledger.ReadAsync(user)).Holdings);
    }

    [Fact]
    public async Task A_growth_that_is_too_large_is_no_return()
    {
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 0.0001m));
        for (var day = new DateOnly(2024, 1, 2); day.Day <= 21; day = day.AddDays(1))
        {
            var at = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await ledger.AddAsync(user, new(EntryKind.Buy, at, symbol, Quantity: 1, Price: 0.0001m));
            await ledger.AddAsync(user, new(EntryKind.Sell, at, symbol, Quantity: 1, Price: 999_999_999_999));
            await ledger.AddAsync(user, new(EntryKind.Withdrawal, at, Amount: 999_999_999_998.9999m));
        }

        // Calculated, and then as it was stored.
        Assert.Null((await ledger.ReadAsync(user)).Twr);
        var report = await ledger.ReadAsync(user);
        Assert.Null(report.Twr);
        Assert.Equal(0.0001m, report.TotalPortfolio);
        Assert.Equal(1e16 - 1, (await ledger.ReadAsync(user, "2024-01-02")).Twr!.Value, 1e6);
    }

    [Property(MaxTest = 40)]
    public async Task A_history_of_extreme_splits_and_trades_can_be_read(int seed)
    {
        var (random, owner, share) = (new Random(seed), Guid.CreateVersion7(), $"L{Guid.NewGuid():N}".ToUpperInvariant());
        decimal[] ratios = [0.000001m, 0.001m, 1, 3, 1_000, 1_000_000],
            amounts = [0.0000000001m, 1, 1_000_000, 999_999_999_999];
        await ledger.AddAsync(owner, new(EntryKind.Deposit, "2024-01-01", Amount: 999_999_999_999));
        await ledger.PriceAsync(share, "2024-01-03", random.Next(2) == 0 ? 0.000001m : 100_000);
        for (var day = 1; day <= 20; day++)
        {
            var at = $"2024-01-{day:00}";
            await IsRefusedAsync(
                random.Next(5) switch
                {
                    < 2 => new(EntryKind.Split, at, share, Ratio: Some(ratios), Per: Some(ratios)),
                    2 => new(EntryKind.Sell, at, share, Quantity: Some(amounts), Price: 0.000001m),
                    3 => new(EntryKind.Deposit, at, Amount: 1),
                    _ => new(EntryKind.Buy, at, share, Quantity: Some(amounts), Price: 0.000001m),
                },
                owner
            );
        }

        foreach (var day in new[] { "2024-01-05", "2024-01-12", "2024-02-01" })
        {
            try
            {
                var report = await ledger.ReadAsync(owner, day);
                Assert.True(report.Twr is null || double.IsFinite(report.Twr.Value));
            }
            catch (RefusedException e)
            {
                Assert.Equal(Refusal.Conflict, e.Refusal);
            }
        }

        decimal Some(decimal[] values) => values[random.Next(values.Length)];
    }

    Task<PortfolioHistory> HistoryAsync(DateOnly last) =>
        ledger.Portfolios.ReadHistoryAsync(user, new(2024, 1, 1), last, Core.Ledger.Interval.Day, Cancel);

    static async Task IsTooLargeAsync(Func<Task> read)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(read);
        Assert.Equal((Refusal.Conflict, "An amount of the portfolio is too large to be computed."), (refused.Refusal, refused.Message));
    }

    async Task<bool> IsRefusedAsync(NewEntry entry, Guid? owner = null)
    {
        try
        {
            await ledger.AddAsync(owner ?? user, entry);
            return false;
        }
        catch (RefusedException)
        {
            return true;
        }
    }
}
