using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Examples that manuals and textbooks print, or that are worked by hand here, through the whole ledger.</summary>
public sealed class PublishedExamplesTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();
    readonly string symbol = $"T{Guid.NewGuid():N}".ToUpperInvariant();

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    /// <summary>
    /// The example of XIRR in the manuals of Excel and of other spreadsheets, which print 0.373362535. What they take out last is
    /// what is held at the end.
    /// </summary>
    [Fact]
    public async Task The_money_weighted_rate_of_the_spreadsheet_manuals()
    {
        await AddAsync(EntryKind.Deposit, "2008-01-01", 10_000);
        await TradeAsync(EntryKind.Buy, "2008-01-01", 100, 100);
        await TradeAsync(EntryKind.Sell, "2008-03-01", 20, 137.5m);
        await AddAsync(EntryKind.Withdrawal, "2008-03-01", 2_750);
        await TradeAsync(EntryKind.Sell, "2008-10-30", 17, 250);
        await AddAsync(EntryKind.Withdrawal, "2008-10-30", 4_250);
        await TradeAsync(EntryKind.Sell, "2009-02-15", 13, 250);
        await AddAsync(EntryKind.Withdrawal, "2009-02-15", 3_250);
        await ledger.PriceAsync(symbol, "2009-04-01", 55);

        var report = await ledger.ReadAsync(user, "2009-04-01");

        Assert.Equal((0m, 2_750m), (report.Cash, report.TotalPortfolio));
        Assert.Equal(0.373362535, report.Xirr!.Value, 1e-8);

        // The same when it is all sold and taken out, and time goes on.
        await TradeAsync(EntryKind.Sell, "2009-04-01", 50, 55);
        await AddAsync(EntryKind.Withdrawal, "2009-04-01", 2_750);
        report = await ledger.ReadAsync(user, "2012-01-01");
        Assert.Equal(0m, report.TotalPortfolio);
        Assert.Equal(0.373362535, report.Xirr!.Value, 1e-8);
    }

    /// <summary>
    /// The example of textbooks and encyclopaedias of the time-weighted return: a million was 1,162,484 by the middle of August, when one
    /// investor put 100,000 in and another took as much out; at the end of the year the one had 1,192,328 and the other 1,003,440. Both
    /// have 9.79%.
    /// </summary>
    [Theory]
    [InlineData(100_000, 1_192_328)]
    [InlineData(-100_000, 1_003_440)]
    public async Task The_time_weighted_return_of_two_investors_in_one_fund(int flow, int end)
    {
        const decimal middle = 1_162.484m;
        await AddAsync(EntryKind.Deposit, "2013-12-31", 1_000_000);
        await TradeAsync(EntryKind.Buy, "2013-12-31", 1_000, 1_000);
        await ledger.PriceAsync(symbol, "2014-08-15", middle);
        // A unit more would not be paid for; a unit less would not be enough.
        var units = Math.Round(Math.Abs(flow) / middle, 10, flow > 0 ? MidpointRounding.ToZero : MidpointRounding.ToPositiveInfinity);
        if (flow > 0)
            await AddAsync(EntryKind.Deposit, "2014-08-15", flow);
        await TradeAsync(flow > 0 ? EntryKind.Buy : EntryKind.Sell, "2014-08-15", units, middle);
        if (flow < 0)
            await AddAsync(EntryKind.Withdrawal, "2014-08-15", -flow);
        await ledger.PriceAsync(symbol, "2014-12-31", Math.Round(end / (1_000 + Math.Sign(flow) * units), 6));

        var report = await ledger.ReadAsync(user, "2014-12-31");

        Assert.Equal(end, report.TotalPortfolio, 0);
        Assert.Equal(0.0979, report.Twr!.Value, 0.00005);
    }

    /// <summary>
    /// First in, first out, with charges in cost and proceeds, and a split in between, as India's tax office computes listed
    /// shares: long-term after twelve months.
    /// </summary>
    [Fact]
    public async Task First_in_first_out_over_a_split()
    {
        await AddAsync(EntryKind.Deposit, "2022-01-01", 20_000);
        await TradeAsync(EntryKind.Buy, "2022-01-10", 100, 50, charges: 100); // costs 5100
        await TradeAsync(EntryKind.Buy, "2022-09-01", 60, 80, charges: 60); // costs 4860
        await ledger.AddAsync(user, new(EntryKind.Split, "2023-03-01", symbol, Ratio: 2)); // 200 at 25.50 and 120 at 40.50
        await TradeAsync(EntryKind.Sell, "2023-06-01", 230, 45, charges: 115); // brings 10350 − 115 = 10235, or 44.50 for one
        await ledger.PriceAsync(symbol, "2023-06-30", 48);

        var report = await ledger.ReadAsync(user, "2023-06-30");
        var tax = await ledger.Portfolios.ReadTaxLotsAsync(user, "2023-06-30", TestContext.Current.CancellationToken);

        // Sold: all 200 of the first lot, long-term: 200 × 44.50 − 5100 = 3800. 30 of the second, short-term: 30 × 44.50 − 30 × 40.50 =
        // 120.
        Assert.Equal(new TaxYear("2023-24", 120, 3_800, 3_920), tax.Years[^1]);
        Assert.All(tax.Years.SkipLast(1), year => Assert.Equal(0, year.Gain));
        // Left: 90 at 40.50.
        var lot = Assert.Single(tax.OpenLots);
        Assert.Equal(
            (90m, 3_645m, 4_320m, 675m, Term.Short, new DateOnly(2023, 9, 1)),
            (lot.Quantity, lot.Cost, lot.MarketValue, lot.UnrealisedGain, lot.Term, lot.LongTermAfter)
        );
        Assert.Equal((40.5m, 675m, 3_920m), (report.Holdings.Single().AverageCost, report.UnrealisedGain, report.RealisedGain));
        // 20000 − 5100 − 4860 + 10235.
        Assert.Equal((20_275m, 24_595m), (report.Cash, report.TotalPortfolio));
    }

    Task AddAsync(EntryKind kind, string at, decimal amount) => ledger.AddAsync(user, new(kind, at, Amount: amount));

    Task TradeAsync(EntryKind kind, string at, decimal quantity, decimal price, decimal? charges = null) =>
        ledger.AddAsync(user, new(kind, at, symbol, Quantity: quantity, Price: price, Charges: charges));
}
