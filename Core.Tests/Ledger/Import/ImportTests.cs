using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// Imports of tradebooks: all or nothing, each trade once, and the same history as if each trade had been recorded
/// separately.
/// </summary>
public sealed partial class ImportTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string Infy = "INE009A01021",
        Tcs = "INE467B01029";

    static readonly PortfolioSettings settings = PortfolioSettings.Default;

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task A_file_is_imported()
    {
        var user = await FundedAsync(100_000);

        var result = await ImportAsync(
            user,
            new("INFY", "2024-01-05T10:15:00", 10, 1500.5m, "1", Infy),
            new("TCS", "2024-01-05T10:16:00", 2.5m, 3600, "2", Tcs),
            new("INFY", "2024-02-01T09:15:00", -4, 1700, "3", Infy)
        );

        Assert.Equal(new(3, 3, 0, 0, 0), result);
        var report = await ledger.ReadAsync(user);
        Assert.Equal(100_000 - 15_005 - 9_000 + 6_800, report.Cash);
        Assert.Equal(
            [("INFY", Infy, 6m, 9_003m, 798m), ("TCS", Tcs, 2.5m, 9_000m, 0m)],
            report.Holdings.Select(one => (one.Symbol, one.Isin, one.Quantity, one.Cost, one.RealisedGain))
        );
        var entries = await EntriesAsync(user);
        Assert.Equal(
            [
                (EntryKind.Deposit, "2020-01-01T18:29:59.999999Z"),
                (EntryKind.Buy, "2024-01-05T04:45:00Z"),
                (EntryKind.Buy, "2024-01-05T04:46:00Z"),
                (EntryKind.Sell, "2024-02-01T03:45:00Z"),
            ],
            entries.Select(entry => (entry.Type, Moment.Text(entry.At)))
        );
        Assert.Equal((10m, 1500.5m, 0m), (entries[1].Quantity, entries[1].Price, entries[1].Charges));
    }

    [Fact]
    public async Task A_repeated_file_changes_nothing()
    {
        var user = await FundedAsync(100_000);
        TradeRow[] file =
        [
            new("INFY", "2024-01-05T10:15:00", 10, 1500, "1", Infy),
            new("INFY", "2024-01-06", -10, 1600, "2", Infy),
            new("TCS", "2024-01-07", 1, 3600, "3"),
        ];
        await ImportAsync(user, file);
        var (before, entries) = (await StateAsync(user), await EntriesAsync(user));

        Assert.Equal(new(3, 0, 3, 0, 0), await ImportAsync(user, file));
        Assert.Equal(new(3, 0, 3, 0, 0), await FundAsync(user, file));

        Assert.Equal(before, await StateAsync(user));
        Assert.Equal(entries, await EntriesAsync(user));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Files_of_overlapping_years_can_be_imported_in_either_order(int first, int second)
    {
        TradeRow[] trades =
        [
            new("INFY", "2022-05-02T10:00:00", 10, 1500, "11"),
            new("INFY", "2022-11-02T10:00:00", 10, 1400, "12"),
            new("TCS", "2023-02-01T10:00:00", 5, 3000, "13"),
            new("INFY", "2023-05-02T10:00:00", 5, 1300, "14"),
            new("INFY", "2023-06-02T10:00:00", -5, 1350, "15"),
        ];
        TradeRow[][] files = [trades[..4], trades[2..]];
        var (user, reference) = (await FundedAsync(100_000), await FundedAsync(100_000));

        var results = new[] { await ImportAsync(user, files[first]), await ImportAsync(user, files[second]) };

        Assert.Equal((5, 2), (results.Sum(one => one.Added), results.Sum(one => one.Known)));
        foreach (var trade in trades)
            await ledger.AddAsync(reference, trade.Entry);
        Assert.Equal(await DumpAsync(reference), await DumpAsync(user));
    }

    [Fact]
    public async Task A_trade_that_is_in_a_file_twice_counts_once()
    {
        var user = await FundedAsync(100_000);
        var trade = new TradeRow("INFY", "2024-01-05T10:15:00", 10, 1500, "1");

        Assert.Equal(new(3, 2, 1, 0, 0), await ImportAsync(user, trade, new("INFY", "2024-01-05T10:15:00", 1, 1500, "2"), trade));

        Assert.Equal(11, Assert.Single((await ledger.ReadAsync(user)).Holdings).Quantity);
    }

    [Fact]
    public async Task A_trade_that_contradicts_one_before_it_is_refused_by_line()
    {
        var user = await FundedAsync(1_000_000);
        var trade = new TradeRow("INFY", "2024-01-05T10:15:00", 10, 1500, "77");
        await ImportAsync(user, trade);

        foreach (
            var other in new[]
            {
                trade with
                {
                    Quantity = 11,
                },
                trade with
                {
                    Price = 1500.01m,
                },
                trade with
                {
                    Quantity = -10,
                },
                trade with
                {
                    Symbol = "TCS",
                },
            }
        )
        {
            var refusal = await RefusesAsync(user, null, new("INFY", "2024-01-06", 1, 1500, "78"), trade, other);
            Assert.Equal((Refusal.Invalid, "line 4, trade_id"), (refusal.Refusal, Assert.Single(refusal.Errors).Key));
            Assert.Contains("NSE 2024-01-05 77", Assert.Single(refusal.Errors.Values.Single()), StringComparison.Ordinal);
        }

        // Also within one file.
        var within = await RefusesAsync(user, null, new("INFY", "2024-01-06", 1, 1500, "78"), new("INFY", "2024-01-06", 2, 1500, "78"));
        Assert.Equal("line 3, trade_id", Assert.Single(within.Errors).Key);
        var many = await RefusesAsync(
            user,
            null,
            [.. Enumerable.Range(1, 52).Select(i => new TradeRow("INFY", "2024-01-06", i, 1500, "78"))]
        );
        Assert.Equal([.. Enumerable.Range(3, 50).Select(i => $"line {i}, trade_id"), "file"], many.Errors.Keys);
    }

    [Fact]
    public async Task A_trade_id_repeated_on_another_day_or_exchange_is_another_trade()
    {
        var user = await FundedAsync(100_000);
        var trade = new TradeRow("INFY", "2024-01-05T10:15:00", 1, 1500, "77");

        Assert.Equal(
            3,
            (await ImportAsync(user, trade, trade with { Time = "2024-01-08T10:15:00" }, trade with { Exchange = "BSE" })).Added
        );
        Assert.Equal(0, (await ImportAsync(user, trade with { Exchange = "BSE" })).Added);

        Assert.Equal(3, Assert.Single((await ledger.ReadAsync(user)).Holdings).Quantity);
    }

    [Fact]
    public async Task A_file_that_does_not_say_on_which_exchange_is_refused()
    {
        var (user, trade) = (await FundedAsync(100_000), new TradeRow("INFY", "2024-01-05T10:15:00", 1, 1500, "77"));
        await ImportAsync(user, trade);

        var (cell, column) = (
            await RefusesAsync(user, null, trade with { Exchange = "" }),
            await RefusesAsync(user, null, "symbol,trade_date,trade_type,quantity,price,trade_id\nINFY,2024-01-05,buy,1,1500,77\n")
        );

        Assert.Equal(("line 2, exchange", "line 1, exchange"), (Assert.Single(cell.Errors).Key, Assert.Single(column.Errors).Key));
    }

    [Fact]
    public async Task Trades_of_one_moment_count_in_the_order_of_the_file()
    {
        var user = await FundedAsync(1_000_000_000);
        TradeRow[] purchases = [.. Enumerable.Range(1, 3000).Select(i => new TradeRow("INFY", "2024-01-05", 1, i, $"{i}"))];

        await ImportAsync(
            user,
            [.. purchases, .. Enumerable.Range(1, 1000).Select(i => new TradeRow("INFY", "2024-01-05", -1, 5000, $"S{i}"))]
        );

        var holding = Assert.Single((await ledger.ReadAsync(user)).Holdings);
        Assert.Equal(
            (2000m, Enumerable.Range(1001, 2000).Sum(), 3000m),
            (holding.Quantity, holding.Cost, (await EntriesAsync(user)).Last(entry => entry.Type == EntryKind.Buy).Price)
        );
    }

    [Theory]
    [InlineData("nothing,right")]
    [InlineData("TCS,,2024-01-09,NSE,EQ,EQ,buy,false,1,many,9,1,")]
    [InlineData("TCS,,2024-01-09,NSE,EQ,EQ,buy,false,999999999999,999999,9,1,")]
    public async Task An_error_in_the_last_row_changes_nothing(string last)
    {
        var file =
            TradeRow.File(new TradeRow("INFY", "2024-01-05T10:15:00", 10, 1500, "1"), new TradeRow("TCS", "2024-01-06", 1, 3600, "2"))
            + last;
        await LeavesAllAsync(
            Refusal.Invalid,
            file,
            "auto",
            refusal => Assert.StartsWith("line 4", Assert.Single(refusal.Errors).Key, StringComparison.Ordinal)
        );
    }

    [Fact]
    public Task A_sale_of_more_than_is_held_changes_nothing() =>
        LeavesAllAsync(
            Refusal.Conflict,
            TradeRow.File(
                new TradeRow("INFY", "2024-01-05T10:15:00", 10, 1500, "1"),
                new TradeRow("INFY", "2024-01-06T10:15:00", -12.5m, 3600, "2")
            ),
            "auto",
            refusal =>
            {
                Assert.Equal("More INFY would be sold than held at 2024-01-06T04:45:00Z: selling 12.5, holding 10.", refusal.Message);
                Assert.Equal("quantity", Assert.Single(refusal.Errors).Key);
            }
        );

    [Fact]
    public Task Cash_below_zero_is_refused_and_changes_nothing() =>
        LeavesAllAsync(
            Refusal.Conflict,
            TradeRow.File(
                new TradeRow("INFY", "2024-01-05T10:15:00", 1, 1000, "1"),
                new TradeRow("TCS", "2024-01-06T10:15:00", 10, 500_000.01m, "2")
            ),
            null,
            refusal => Assert.Matches(@"^The cash balance would be negative at 2024-01-06T04:45:00Z: \d+\.1 INR short\.$", refusal.Message)
        );

    [Theory]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("AUTO")]
    public async Task An_unknown_value_of_fund_is_refused(string fund)
    {
        var refusal = await RefusesAsync(Guid.CreateVersion7(), fund, new TradeRow("INFY", "2024-01-05T10:15:00", 1, 1000, "1"));
        Assert.Equal((Refusal.Invalid, "fund"), (refusal.Refusal, Assert.Single(refusal.Errors).Key));
    }

    [Fact]
    public async Task A_file_without_trades_is_accepted()
    {
        var user = await FundedAsync(1);
        var before = await StateAsync(user);

        Assert.Equal(new(0, 0, 0, 0, 0), await FundAsync(user));

        Assert.Equal(before, await StateAsync(user));
    }

    [Fact]
    public async Task Funding_uses_the_cash_balance_first_and_deposits_only_what_is_missing()
    {
        var user = await FundedAsync(1_000);

        var result = await FundAsync(
            user,
            new("INFY", "2024-01-05T10:00:00", 1, 600, "1"),
            new("INFY", "2024-01-05T11:00:00", 1, 600, "2"),
            new("INFY", "2024-01-05T12:00:00", 1, 100.123456m, "3"),
            new("INFY", "2024-01-06T12:00:00", -1, 50, "4"),
            new("INFY", "2024-01-07T10:00:00", 1, 50, "5"),
            new("INFY", "2024-01-08T10:00:00", 1, 10, "6")
        );

        // 300.123456, rounded up to four decimals; the rest is used for the next day.
        Assert.Equal(new(6, 6, 0, 2, 310.1235m), result);
        Assert.Equal(
            [("2024-01-05T05:30:00Z", 300.1235m), ("2024-01-08T04:30:00Z", 10m)],
            (await EntriesAsync(user))
                .Where(entry => entry.Type == EntryKind.Deposit)
                .Skip(1)
                .Select(entry => (Moment.Text(entry.At), entry.Amount!.Value))
        );
    }

    [Property(MaxTest = 25)]
    public async Task Funding_deposits_are_the_smallest_that_suffice(int seed)
    {
        var random = new Random(seed);
        var user = Guid.CreateVersion7();
        if (random.Next(2) == 0)
            await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-03", Amount: random.Next(1, 100_000)));
        if (random.Next(2) == 0)
            await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-08T11:00:00", Amount: random.Next(1, 100_000)));
        var trades = Trades(random, random.Next(1, 60), days: 12);
        var before = await EntriesAsync(user);

        var result = await FundAsync(user, trades);

        var entries = await EntriesAsync(user);
        var made = entries.Where(entry => entry.Type == EntryKind.Deposit && !before.Contains(entry)).ToList();
        Assert.Equal((trades.Length, made.Count, made.Sum(one => one.Amount)), (result.Added, result.Deposits, result.Deposited));
        Assert.Equal(before, entries.Where(before.Contains));
        Assert.Equal(made.Count, made.DistinctBy(one => one.At.Date).Count());
        var lows = Lows(entries);
        Assert.All(lows.Values, low => Assert.True(low >= 0, $"{low}"));
        foreach (var deposit in made)
        {
            // The deposit is the smallest that suffices: with 0.0001 less, the balance would be negative at its moment or later on its
            // day. It is made at the first moment that needs it: without it, the balance would be negative then.
            var lowest = lows.Where(one => one.Key >= deposit.At && one.Key.Date == deposit.At.Date).Min(one => one.Value);
            Assert.InRange(lowest, 0, 0.0000999999999999m);
            Assert.True(lows[deposit.At] < deposit.Amount);
        }

        Assert.Equal(new(trades.Length, 0, trades.Length, 0, 0), await FundAsync(user, trades));
        Assert.Equal(entries, await EntriesAsync(user));
    }

    [Fact]
    public async Task A_share_that_is_renamed_between_files_is_one_holding()
    {
        var user = await FundedAsync(100_000);
        await ImportAsync(user, new TradeRow("OLDNAME", "2023-01-05T10:15:00", 10, 100, "1", Infy));
        await ImportAsync(
            user,
            new TradeRow("NEWNAME", "2024-01-05T10:15:00", 10, 200, "2", Infy),
            new("NEWNAME", "2024-01-08T10:15:00", -5, 300, "3", Infy)
        );

        var holding = Assert.Single((await ledger.ReadAsync(user)).Holdings);
        Assert.Equal(
            ("NEWNAME", Infy, 15m, 2_500m, 1_000m),
            (holding.Symbol, holding.Isin, holding.Quantity, holding.Cost, holding.RealisedGain)
        );

        // A trade that a later export lists under a new name is the same trade.
        Assert.Equal(new(1, 0, 1, 0, 0), await ImportAsync(user, new TradeRow("NEWNAME", "2023-01-05T10:15:00", 10, 100, "1", Infy)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_share_has_its_latest_name_whichever_file_was_imported_last(int first, int second)
    {
        var user = await FundedAsync(100_000);
        TradeRow[] trades =
        [
            new("OLDNAME", "2023-01-05T10:15:00", 10, 100, "1", Infy),
            new("NEWNAME", "2024-01-05T10:15:00", 10, 200, "2", Infy),
        ];

        await ImportAsync(user, trades[first]);
        await ImportAsync(user, trades[second]);

        Assert.Equal(("NEWNAME", 20m), Assert.Single((await ledger.ReadAsync(user)).Holdings.Select(one => (one.Symbol, one.Quantity))));
    }

    [Fact]
    public async Task A_row_without_an_ISIN_belongs_to_the_share_of_other_rows_with_its_symbol()
    {
        var user = await FundedAsync(100_000);

        await ImportAsync(
            user,
            new("NEWNAME", "2024-01-05T10:15:00", 10, 200, "2", Infy),
            new("OLDNAME", "2023-01-06T10:15:00", 5, 100, "3"),
            new("OLDNAME", "2023-01-05T10:15:00", 10, 100, "1", Infy)
        );

        Assert.Equal(("NEWNAME", 25m), Assert.Single((await ledger.ReadAsync(user)).Holdings.Select(one => (one.Symbol, one.Quantity))));
    }

    [Fact]
    public async Task A_share_with_another_face_value_has_another_ISIN_and_is_one_holding()
    {
        var user = await FundedAsync(100_000);
        await ledger.AddAsync(user, new(EntryKind.Split, "2023-06-01T09:00:00", "IRCTC", Ratio: 5));
        await ImportAsync(
            user,
            new("IRCTC", "2023-01-05T10:15:00", 10, 100, "1", "INE335Y01012"),
            new("IRCTC", "2023-08-05T10:15:00", 5, 25, "2", "INE335Y01020"),
            new("IRCTC", "2023-08-06T10:15:00", -55, 30, "3", "INE335Y01020")
        );

        Assert.Empty((await ledger.ReadAsync(user)).Holdings);
        Assert.Equal(55 * 30 - 1_000 - 125, (await ledger.ReadAsync(user)).RealisedGain);
    }

    [Fact]
    public async Task Growth_follows_when_a_share_is_known_to_have_closing_prices_under_another_name()
    {
        var mark = $"{Guid.NewGuid():N}"[..12].ToUpperInvariant();
        var (old, renamed, isin) = ($"OLD{mark}", $"NEW{mark}", $"INE{mark[..8]}1");
        await ledger.PriceAsync(renamed, "2023-02-01", 150);
        NewEntry[] early =
        [
            new(EntryKind.Deposit, "2023-01-01", Amount: 1_000),
            new(EntryKind.Buy, "2023-01-05T10:15:00", old, isin, 10, 100),
            new(EntryKind.Deposit, "2023-03-01T10:00:00", Amount: 5_000),
        ];
        var late = new TradeRow(renamed, "2024-01-05T10:15:00", 1, 200, "2", isin);
        var (user, reference) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var entry in early)
            await ledger.AddAsync(user, entry);
        await ledger.ReadAsync(user);

        await ImportAsync(user, late);

        foreach (var entry in early)
            await ledger.AddAsync(reference, entry);
        await ImportAsync(reference, late);
        Assert.Equal(
            await ledger.ReadAsync(reference, "2024-02-01"),
            await ledger.ReadAsync(user, "2024-02-01"),
            (one, other) => (one.Twr, one.TotalPortfolio) == (other.Twr, other.TotalPortfolio)
        );
    }

    [Fact]
    public async Task An_import_between_manual_entries_equals_recording_each_trade()
    {
        NewEntry[] manual =
        [
            new(EntryKind.Deposit, "2022-12-01", Amount: 200_000),
            new(EntryKind.Split, "2023-06-01T09:00:00", "INFY", Ratio: 2),
            new(EntryKind.Dividend, "2023-05-10", "INFY", Amount: 12.34m),
            new(EntryKind.Withdrawal, "2023-09-01T12:00:00", Amount: 1_000),
            new(EntryKind.Fee, "2023-09-30", Amount: 59),
        ];
        TradeRow[] trades =
        [
            new("INFY", "2023-01-05T10:15:00", 10, 1500, "1"),
            new("INFY", "2023-05-05T10:15:00", 3, 1510.25m, "2"),
            new("TCS", "2023-05-05", 3, 3000, "3"),
            new("INFY", "2023-08-05T10:15:00", -21, 800, "4"),
            new("TCS", "2024-08-05", -3, 3500, "5"),
            new("INFY", "2024-08-05", -5, 900, "6"),
        ];
        var backDated = new NewEntry(EntryKind.Buy, "2023-02-01T10:00:00", "INFY", Quantity: 1, Price: 1450, Charges: 20);
        var (user, reference) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        foreach (var entry in manual)
            await ledger.AddAsync(user, entry);
        await ImportAsync(user, trades[3..5].Append(trades[0]).Append(trades[1]).Append(trades[2]).ToArray());
        await ledger.AddAsync(user, backDated);
        await ImportAsync(user, trades);

        foreach (var entry in manual.Concat(trades.Select(trade => trade.Entry)).Append(backDated))
            await ledger.AddAsync(reference, entry);
        Assert.Equal(await DumpAsync(reference), await DumpAsync(user));
        Assert.Equal((await ledger.ReadAsync(reference, "2024-10-01")).Twr, (await ledger.ReadAsync(user, "2024-10-01")).Twr);
    }

    [Fact]
    public async Task A_trade_without_a_time_counts_at_the_end_of_its_day_also_today()
    {
        var today = Moment.DayOf(DateTime.UtcNow, settings.Zone);
        var user = Guid.CreateVersion7();

        await FundAsync(user, new TradeRow("INFY", Text(today.AddDays(-1)), 1, 100, "1"), new TradeRow("INFY", Text(today), 1, 100, "2"));

        Assert.Equal(
            [today.AddDays(-1), today],
            (await EntriesAsync(user)).Where(entry => entry.Type == EntryKind.Buy).Select(entry => Moment.DayOf(entry.At, settings.Zone))
        );
        Assert.All(
            await EntriesAsync(user),
            entry => Assert.Equal(Moment.EndOf(Moment.DayOf(entry.At, settings.Zone), settings.Zone), entry.At)
        );
    }

    [Fact]
    public async Task A_trade_in_the_future_is_refused()
    {
        var tomorrow = Text(Moment.DayOf(DateTime.UtcNow, settings.Zone).AddDays(2));

        var refusal = await RefusesAsync(
            Guid.CreateVersion7(),
            "auto",
            new TradeRow("INFY", "2024-01-05", 1, 100, "1"),
            new TradeRow("INFY", tomorrow, 1, 100, "2"),
            new TradeRow("INFY", $"{tomorrow}T10:00:00", 1, 100, "3")
        );

        Assert.Equal((Refusal.Invalid, "line 3, trade_date line 4, trade_date"), (refusal.Refusal, string.Join(' ', refusal.Errors.Keys)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(50)]
    [InlineData(51)]
    [InlineData(5_000)]
    public async Task Up_to_50_errors_are_reported(int wrong)
    {
        var user = await FundedAsync(1);
        var before = await StateAsync(user);

        var refusal = await RefusesAsync(
            user,
            "auto",
            [
                .. Enumerable.Range(2, wrong).Select(i => new TradeRow("INFY", "2024-01-05", 1, -1, $"{i}")),
                new TradeRow("INFY", "2024-01-05", 1, 1, "1"),
            ]
        );

        Assert.Equal(
            [.. Enumerable.Range(2, Math.Min(wrong, 50)).Select(i => $"line {i}, price"), .. wrong > 50 ? ["file"] : Array.Empty<string>()],
            refusal.Errors.Keys
        );
        Assert.Equal(before, await StateAsync(user));
    }

    [Property(MaxTest = 12)]
    public async Task Overlapping_files_in_any_order_equal_recording_each_trade(int seed)
    {
        var random = new Random(seed);
        var trades = Trades(random, 40, days: 20);
        var (user, reference) = (await FundedAsync(1_000_000_000), await FundedAsync(1_000_000_000));
        var files = new List<TradeRow[]>();
        for (var start = 0; start < trades.Length; )
        {
            var end = Math.Min(trades.Length, start + random.Next(1, 20));
            var file = trades[Math.Max(0, start - random.Next(6))..end];
            random.Shuffle(file);
            files.Add(file);
            start = end;
        }

        // Trades that are not possible yet go to another file.
        var order = files.ToArray();
        random.Shuffle(order);
        for (var left = order.ToList(); left.Count > 0; )
        {
            var done = new List<TradeRow[]>();
            foreach (var file in left)
            {
                if (await RefusalAsync(() => ImportAsync(user, file)) is { } refusal)
                    Assert.Equal(Refusal.Conflict, refusal.Refusal);
                else
                    done.Add(file);
            }

            Assert.NotEmpty(done);
            left = [.. left.Except(done)];
        }

        foreach (var trade in trades)
            await ledger.AddAsync(reference, trade.Entry);
        Assert.Equal(await DumpAsync(reference), await DumpAsync(user));
        var model = new SlowLedger(settings);
        model.Entries.AddRange(await EntriesAsync(user));
        foreach (var holding in (await ledger.ReadAsync(user, "2024-03-01")).Holdings)
        {
            var expected = model.AsOf(new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc)).Positions[holding.Symbol];
            Assert.Equal(expected.Quantity, holding.Quantity);
            Assert.InRange(holding.Cost - expected.Cost.Cut(10), -0.000001m, 0.000001m);
            Assert.InRange(holding.RealisedGain - expected.Realised.Cut(10), -0.000001m, 0.000001m);
        }
    }

    [Fact]
    public async Task Twenty_thousand_trades_are_calculated_in_batches()
    {
        var random = new Random(20261124);
        var user = Guid.CreateVersion7();
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-20T09:00:00", "S0", Ratio: 1.5m));
        await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-20T09:00:00", "S1", Ratio: 1, Per: 3));
        var held = new decimal[3];
        var split = false;
        var trades = new List<TradeRow>();
        for (var i = 0; i < 20_000; i++)
        {
            var time = new DateTime(2024, 1, 1, 9, 0, 0).AddMinutes(3 * i);
            if (time > new DateTime(2024, 1, 20, 9, 0, 0) && !split)
            {
                (held[0], held[1], split) = (0, 0, true);
            }

            var symbol =
                i % 10 < 6 ? 0
                : i % 10 < 9 ? 1
                : 2;
            // A third are sales, some of many lots.
            var quantity =
                random.Next(3) == 0 && held[symbol] > 0
                    ? -Math.Min(held[symbol], random.Next(1, random.Next(10) == 0 ? 500 : 20))
                    : random.Next(1, 20);
            held[symbol] += quantity;
            trades.Add(
                new($"S{symbol}", time.ToString("s", CultureInfo.InvariantCulture), quantity, random.Next(1, 100_000) / 100m, $"{i}")
            );
        }

        Assert.Equal(20_000, (await FundAsync(user, [.. trades])).Added);

        var entries = await EntriesAsync(user);
        foreach (var symbol in new[] { "S0", "S1", "S2" })
        {
            var position = new Position(new(), [], complete: true, settings.Holding);
            var expected = new StringBuilder();
            foreach (var entry in entries.Where(entry => entry.Symbol == symbol))
            {
                Assert.Null(position.Apply(entry));
                var now = position.Now;
                expected.Append(
                    CultureInfo.InvariantCulture,
                    $"{now.Quantity} {now.Cost} {now.Realised} {now.RealisedLong} {now.Cash} {now.Era} {now.Sold}\n"
                );
            }

            Assert.Equal(
                expected.ToString().TrimEnd(),
                await TextAsync(
                    $"""
                    select string_agg(concat_ws(' ', trim_scale(quantity), trim_scale(cost),
                        trim_scale(realised), trim_scale(realised_long), trim_scale(cash), era, trim_scale(sold)), E'\n' order by at,
                        kind, entry_id)
                    from position_versions where user_id = '{user}' and instrument = '{symbol}'
                    """
                )
            );
            Assert.Equal(
                string.Join(
                    '\n',
                    position.Added.Select(lot =>
                        string.Create(CultureInfo.InvariantCulture, $"{lot.Era} {lot.LastUnit} {lot.EntryId} {lot.Quantity} {lot.Cost}")
                    )
                ),
                await TextAsync(
                    $"""
                    select string_agg(concat_ws(' ', era, trim_scale(last_unit), entry_id, trim_scale(quantity), trim_scale(cost)),
                        E'\n' order by era, last_unit)
                    from lots where user_id = '{user}' and instrument = '{symbol}'
                    """
                )
            );
        }

        Assert.All(Lows(entries).Values, low => Assert.True(low >= 0));
    }

    // A portfolio with a trade before, and a new one: a refused file changes neither.
    async Task LeavesAllAsync(Refusal reason, string file, string? fund, Action<RefusedException> check)
    {
        var (user, newcomer) = (await FundedAsync(5_000), Guid.CreateVersion7());
        await ImportAsync(user, new TradeRow("WIPRO", "2023-12-05T10:15:00", 10, 200, "0"));
        var before = await StateAsync(user);
        foreach (var one in new[] { user, newcomer })
        {
            // Without funding only the first one reaches the second trade.
            if (one == newcomer && fund is null)
                continue;
            var refusal = await RefusesAsync(one, fund, file);
            Assert.Equal(reason, refusal.Refusal);
            check(refusal);
        }

        await RefusesAsync(newcomer, fund, file);
        Assert.Equal(before, await StateAsync(user));
        Assert.Equal("", await StateAsync(newcomer));
    }

    // Random trades in the order of time, no two at one moment, of which no sale is of more than is held.
    static TradeRow[] Trades(Random random, int count, int days)
    {
        var held = new Dictionary<string, decimal>();
        var times = Enumerable
            .Range(0, days)
            .SelectMany(day => new[] { 0, 30, 120, 240 }.Select(minute => (day, minute)))
            .OrderBy(_ => random.Next())
            .Take(count)
            .Order()
            .Select(one => new DateTime(2024, 1, 5, 9, 15, 0).AddDays(one.day).AddMinutes(one.minute))
            .ToList();
        return
        [
            .. times.Select(
                (time, i) =>
                {
                    var symbol = random.Next(3) switch
                    {
                        0 => "INFY",
                        1 => "TCS",
                        _ => "M&M",
                    };
                    var owned = held.GetValueOrDefault(symbol);
                    var quantity = random.Next(5) < 2 && owned > 0 ? -Math.Min(owned, Some()) : Some();
                    held[symbol] = owned + quantity;
                    // The last of a day may be without a time.
                    var last = i == times.Count - 1 || times[i + 1].Date > time.Date;
                    return new TradeRow(
                        symbol,
                        last && random.Next(2) == 0
                            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                            : time.ToString("s", CultureInfo.InvariantCulture),
                        quantity,
                        Amounts.Normal(
                            random.Next(8) switch
                            {
                                0 => 0,
                                < 3 => random.Next(1, 1_000_000_000) / 1_000_000m,
                                _ => random.Next(1, 200_000) / 100m,
                            }
                        ),
                        $"{i}"
                    );
                }
            ),
        ];

        decimal Some() => Amounts.Normal(random.Next(4) == 0 ? random.Next(1, 100_000) / 1_000m : random.Next(1, 50));
    }

    // The balance after each moment.
    static Dictionary<DateTime, decimal> Lows(IEnumerable<LedgerEntry> entries)
    {
        decimal balance = 0;
        return entries
            .GroupBy(entry => entry.At)
            .OrderBy(moment => moment.Key)
            .ToDictionary(moment => moment.Key, moment => balance += moment.Sum(SlowLedger.CashOf));
    }

    async Task<Guid> FundedAsync(decimal amount)
    {
        var user = Guid.CreateVersion7();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2020-01-01", Amount: amount));
        return user;
    }

    Task<ImportResult> ImportAsync(Guid user, params TradeRow[] rows) => ImportAsync(user, null, TradeRow.File(rows));

    // With the deposits that it needs.
    Task<ImportResult> FundAsync(Guid user, params TradeRow[] rows) => ImportAsync(user, "auto", TradeRow.File(rows));

    Task<ImportResult> ImportAsync(Guid user, string? fund, string file) => ledger.ImportAsync(user, CsvText.Utf8(file), fund);

    Task<RefusedException> RefusesAsync(Guid user, string? fund, params TradeRow[] rows) => RefusesAsync(user, fund, TradeRow.File(rows));

    Task<RefusedException> RefusesAsync(Guid user, string? fund, string file) =>
        Assert.ThrowsAsync<RefusedException>(() => ImportAsync(user, fund, file));

    static async Task<RefusedException?> RefusalAsync(Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (RefusedException e)
        {
            return e;
        }
    }

    async Task<List<LedgerEntry>> EntriesAsync(Guid user) => await ledger.ExportAsync(user);

    // Every row of a user in every table that has rows of users.
    async Task<string> StateAsync(Guid user)
    {
        var tables = await TextAsync(
            "select string_agg(table_name, ' ' order by table_name) from information_schema.columns where table_schema = 'public' and "
                + "column_name = 'user_id'"
        );
        var rows = string.Join(
            " union all ",
            tables.Split(' ').Select(table => $"select '{table}: ' || t::text as row from {table} t where user_id = '{user}'")
        );
        return await TextAsync($"select coalesce(string_agg(row, E'\\n' order by row), '') from ({rows}) as rows");
    }

    async Task<string> TextAsync(string sql) => (string)(await Sql.RunAsync(ledger.ConnectionString, sql))!;

    async Task<string> DumpAsync(Guid user) => Ids().Replace(await ledger.DumpAsync(user), "id");

    static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Ids();
}
