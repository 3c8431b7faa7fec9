using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// Time-weighted returns with several entries at one moment, as with entries that have only a date: deposits come before everything but
/// splits, withdrawals last.
/// </summary>
public sealed class LedgerReturnsTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();
    readonly string symbol = $"T{Guid.NewGuid():N}".ToUpperInvariant();

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task Proceeds_withdrawn_on_the_day_of_the_sale_count_in_the_return()
    {
        await BuyAsync();
        await ledger.PriceAsync(symbol, "2024-06-03", 120);
        await ledger.AddAsync(user, new(EntryKind.Sell, "2024-06-03", symbol, Quantity: 10, Price: 115, Charges: 10));
        await ledger.AddAsync(user, new(EntryKind.Withdrawal, "2024-06-03", Amount: 1140));

        // 1000 became 10 × 115 − 10.
        Assert.Equal(0.14, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);

        // And goes on from there.
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-07-01", Amount: 500));
        await ledger.AddAsync(user, new(EntryKind.Dividend, "2024-07-02", Amount: 50));
        Assert.Equal(1.14 * 1.1 - 1, (await ledger.ReadAsync(user, "2024-07-03")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task A_dividend_counts_when_it_is_withdrawn_on_the_same_day()
    {
        await BuyAsync();
        await ledger.AddAsync(user, new(EntryKind.Dividend, "2024-06-03", symbol, Amount: 50));
        await ledger.AddAsync(user, new(EntryKind.Withdrawal, "2024-06-03", Amount: 50));

        Assert.Equal(0.05, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task Charges_of_a_purchase_on_the_day_of_the_deposit_reduce_the_return()
    {
        await BuyAsync();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-06-03", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-06-03", symbol, Quantity: 9, Price: 100, Charges: 100));

        Assert.Equal(1900 / 2000.0 - 1, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task A_day_with_a_deposit_and_a_withdrawal_has_all_other_entries_between_them()
    {
        await BuyAsync();
        await ledger.PriceAsync(symbol, "2024-06-03", 110);
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-06-03", Amount: 900));
        await ledger.AddAsync(user, new(EntryKind.Sell, "2024-06-03", symbol, Quantity: 10, Price: 120));
        await ledger.AddAsync(user, new(EntryKind.Withdrawal, "2024-06-03", Amount: 1050));

        // 1000 became 1100; with 900 more that 2000 became 2100.
        Assert.Equal(1.1 * 1.05 - 1, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
        Assert.Equal(1.1 * 1.05 - 1, (await ledger.ReadAsync(user, "2024-06-03")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task A_deposit_on_the_day_of_a_split_is_valued_with_units_and_close_after_the_split()
    {
        await BuyAsync();
        await ledger.PriceAsync(symbol, "2024-06-03", 50);
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-06-03", symbol, Ratio: 2));
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-06-03", Amount: 1000));

        Assert.Equal(0, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task Closes_under_a_name_learned_later_change_growth_stored_before()
    {
        var (renamed, isin) = (symbol + "NEW", "INE009A01021");
        await BuyAsync();
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-02", symbol, isin, Quantity: 1, Price: 0));
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-06-03", Amount: 1000));
        await ledger.PriceAsync(renamed, "2024-05-31", 150);
        Assert.Equal(0.1, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);

        await ledger.AddAsync(user, new(EntryKind.Dividend, "2024-07-01", renamed, isin, Amount: 1));

        Assert.Equal(0.65, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
    }

    [Fact]
    public async Task Where_the_day_before_is_repeated_a_flow_can_be_of_a_later_day_than_the_report()
    {
        // At 00:01 on 7 November 2010 the clock went back to 23:01 of the 6th.
        await ledger.Portfolios.WriteSettingsAsync(
            user,
            PortfolioSettings.Default with
            {
                TimeZone = "America/St_Johns",
            },
            TestContext.Current.CancellationToken
        );
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2010-11-07T02:30:30Z", Amount: 1000));

        var report = await ledger.ReadAsync(user, "2010-11-07T03:00:00Z");

        Assert.Equal((1000m, "No day has passed since the first flow."), (report.TotalPortfolio, report.XirrReason));
    }

    // 10 for 1000 that were paid in.
    async Task BuyAsync()
    {
        await ledger.PriceAsync(symbol, "2024-01-01", 100);
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-01", symbol, Quantity: 10, Price: 100));
    }
}
