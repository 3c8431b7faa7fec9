using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// The ledger against the plain model: entries are added in any order and removed, and the portfolio is read as of random
/// moments.
/// </summary>
public sealed class LedgerModelTests(PostgresFixture postgres) : IAsyncLifetime
{
    static readonly PortfolioSettings settings = PortfolioSettings.Default;
    static readonly DateTime start = new(2022, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    static readonly string[] symbols = ["INFY", "TCS", "M&M"];

    readonly LedgerDatabase ledger = new(postgres);

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Property(MaxTest = 25)]
    public Task Short_histories_agree_with_the_model(int seed) => AgreeAsync(new Random(seed), steps: 40, days: 20, questionEvery: 8);

    [Fact]
    public Task A_history_of_2000_entries_agrees_with_the_model() =>
        AgreeAsync(new Random(20261124), steps: 3_300, days: 900, questionEvery: 220, least: 2_000);

    [Property(MaxTest = 10)]
    public async Task The_stored_state_does_not_depend_on_the_order_in_which_entries_were_recorded(int seed)
    {
        var random = new Random(seed);
        var model = new SlowLedger(settings);
        while (model.Entries.Count < 60)
        {
            // Entries of one kind and moment count in the order of recording: here there are none.
            var entry = Some(random, 30).Checked(Guid.CreateVersion7(), settings, DateTime.UtcNow);
            entry = entry with { At = entry.At.AddSeconds(-model.Entries.Count) };
            if (SlowLedger.IsPossible([.. model.Entries, entry]))
                model.Entries.Add(entry);
        }

        // In their order; and in reverse order, retrying later the entries that are not possible yet.
        var (forwards, backwards) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var entry in model.Entries)
            await RecordAsync(forwards, entry);
        var left = model.Entries.AsEnumerable().Reverse().ToList();
        while (left.Count > 0)
        {
            var next = left.First(entry => SlowLedger.IsPossible([.. model.Entries.Except(left), entry]));
            await RecordAsync(backwards, next);
            left.Remove(next);
        }

        Assert.Equal(WithoutIds(await ledger.DumpAsync(forwards)), WithoutIds(await ledger.DumpAsync(backwards)));
    }

    async Task AgreeAsync(Random random, int steps, int days, int questionEvery, int least = 0)
    {
        var user = Guid.CreateVersion7();
        var model = new SlowLedger(settings);
        // Prices are shared, so each history has its own symbols.
        var mark = $"{user:N}"[20..].ToUpperInvariant();
        for (var step = 1; step <= steps; step++)
        {
            if (model.Entries.Count > 0 && random.Next(12) == 0)
            {
                var gone = model.Entries[random.Next(model.Entries.Count)];
                var rest = model.Entries.Where(entry => entry != gone).ToList();
                var refusal = await RefusalAsync(() => ledger.Entries.RemoveAsync(user, gone.Id, TestContext.Current.CancellationToken));
                Assert.Equal(SlowLedger.IsPossible(rest), refusal is null);
                if (refusal is null)
                    model.Entries.Remove(gone);
            }
            else if (random.Next(15) == 0)
            {
                var (symbol, date, close) = (
                    symbols[random.Next(symbols.Length)] + mark,
                    DateOnly.FromDateTime(start).AddDays(random.Next(days)),
                    random.Next(100, 20_000) / 100m
                );
                await ledger.Prices.WriteAsync([new(symbol, date, close)], TestContext.Current.CancellationToken);
                model.Price(symbol, date, close);
            }
            else
            {
                var written = Some(random, days);
                if (written.Symbol is not null)
                    written = written with { Symbol = written.Symbol + mark };
                var expected = written.Checked(Guid.Empty, settings, DateTime.UtcNow);
                LedgerEntry? added = null;
                var refusal = await RefusalAsync(async () => added = await ledger.AddAsync(user, written));
                Assert.Equal(
                    (SlowLedger.IsPossible([.. model.Entries, expected]), refusal?.Refusal),
                    (refusal is null, refusal is null ? null : Refusal.Conflict)
                );
                if (added is not null)
                    model.Entries.Add(added);
            }

            if (step % questionEvery == 0 || step == steps)
            {
                for (var i = 0; i < 3; i++)
                    await AgreesAsync(model, user, start.AddMinutes(random.Next(days * 24 * 60)));
                await AgreesAsync(model, user, start.AddDays(days + 1));
            }
        }

        Assert.InRange(model.Entries.Count, least, steps);
        var history = await ledger.Portfolios.ReadHistoryAsync(
            user,
            DateOnly.FromDateTime(start),
            DateOnly.FromDateTime(start).AddDays(days),
            Core.Ledger.Interval.Day,
            TestContext.Current.CancellationToken
        );
        foreach (var point in history.Points.Where((_, i) => i % Math.Max(1, days / 40) == 0))
        {
            var expected = model.AsOf(Moment.EndOf(point.Date, settings.Zone));
            Near(expected.Total, point.Total);
            Assert.Equal(expected.Deposits - expected.Withdrawals, point.Invested);
        }
    }

    async Task AgreesAsync(SlowLedger model, Guid user, DateTime at)
    {
        var (report, expected) = (await ledger.ReadAsync(user, Moment.Text(at)), model.AsOf(at));
        Assert.Equal((expected.Cash, expected.Deposits, expected.Withdrawals), (report.Cash, report.Contributions, report.Withdrawals));
        var held = expected.Positions.Where(one => one.Value.Quantity > 0).OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
        Assert.Equal(held.Select(one => (one.Key, one.Value.Quantity)), report.Holdings.Select(one => (one.Symbol, one.Quantity)));
        foreach (var ((_, position), holding) in held.Zip(report.Holdings))
        {
            Near(position.Cost, holding.Cost);
            Near(position.Realised, holding.RealisedGain);
            Near(position.MarketValue, holding.MarketValue);
        }

        Near(expected.Total, report.TotalPortfolio);
        Near(expected.Positions.Values.Aggregate(Fraction.Zero, (sum, one) => sum + one.Realised), report.RealisedGain);
        // The total less what was invested is explained by gains, income and fees.
        Assert.Equal(report.TotalPortfolio - report.Invested, report.UnrealisedGain + report.RealisedGain + report.Income - report.Fees, 6);
        var twr = model.TimeWeighted(at);
        Assert.Equal(twr is null, report.Twr is null);
        if (twr is { } growth)
            Assert.Equal(growth, report.Twr!.Value, 1e-8 * Math.Max(1, Math.Abs(growth)));
        if (report.Xirr is { } rate && model.MoneyWeighted(at) is { } slow)
            Assert.Equal(slow, rate, 1e-6 * Math.Max(1, Math.Abs(slow)));
        Assert.Equal(report.Xirr is null, report.XirrReason is not null);

        var tax = await ledger.Portfolios.ReadTaxLotsAsync(user, Moment.Text(at), TestContext.Current.CancellationToken);
        Assert.Equal(
            held.SelectMany(one => one.Value.Lots.Select(lot => (one.Key, lot.Opened, lot.Quantity))),
            tax.OpenLots.Select(lot => (lot.Symbol, lot.OpenedAt, lot.Quantity))
        );
        foreach (var (lot, open) in held.SelectMany(one => one.Value.Lots).Zip(tax.OpenLots))
            Near(lot.Cost, open.Cost);
        Near(expected.Positions.Values.Aggregate(Fraction.Zero, (sum, one) => sum + one.Realised), tax.Years.Sum(year => year.Gain));
        Near(
            expected.Positions.Values.Aggregate(Fraction.Zero, (sum, one) => sum + one.RealisedLong),
            tax.Years.Sum(year => year.LongTermGain)
        );
    }

    // Within much less than a paisa.
    static void Near(Fraction expected, decimal found) => Assert.InRange(found - expected.Cut(10), -0.000001m, 0.000001m);

    static NewEntry Some(Random random, int days)
    {
        var at =
            random.Next(3) == 0
                ? DateOnly
                    .FromDateTime(start)
                    .AddDays(random.Next(days))
                    .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)
                : Moment.Text(start.AddMinutes(15 * random.Next(days * 24 * 4)));
        var symbol = symbols[random.Next(symbols.Length)];
        return random.Next(20) switch
        {
            < 4 => new(EntryKind.Deposit, at, Amount: random.Next(1, 5_000_000) / 100m),
            4 => new(EntryKind.Withdrawal, at, Amount: random.Next(1, 2_000_000) / 100m),
            5 => new(EntryKind.Dividend, at, random.Next(2) == 0 ? symbol : null, Amount: random.Next(1, 100_000) / 100m),
            6 => new(EntryKind.Fee, at, random.Next(2) == 0 ? symbol : null, Amount: random.Next(1, 10_000) / 100m),
            7 when random.Next(4) == 0 => random.Next(5) switch
            {
                0 => new(EntryKind.Split, at, symbol, Ratio: 1.5m),
                1 => new(EntryKind.Split, at, symbol, Ratio: 0.1m),
                2 => new(EntryKind.Split, at, symbol, Ratio: 1, Per: 3),
                3 => new(EntryKind.Split, at, symbol, Ratio: 2),
                _ => new(EntryKind.Split, at, symbol, Ratio: 10),
            },
            < 14 => new(
                EntryKind.Buy,
                at,
                symbol,
                Quantity: Quantity(),
                Price: random.Next(100, 20_000) / 100m,
                Charges: random.Next(3) == 0 ? random.Next(500) / 100m : null
            ),
            _ => new(
                EntryKind.Sell,
                at,
                symbol,
                Quantity: Quantity(),
                Price: random.Next(100, 20_000) / 100m,
                Charges: random.Next(3) == 0 ? random.Next(500) / 100m : null
            ),
        };

        decimal Quantity() =>
            random.Next(3) == 0 ? random.Next(1, 1_000_000) / 10_000m + 0.0000000001m * random.Next(1000) : random.Next(1, 60);
    }

    Task<LedgerEntry> RecordAsync(Guid user, LedgerEntry entry) =>
        ledger.AddAsync(
            user,
            new(
                entry.Type,
                Moment.Text(entry.At),
                entry.Symbol,
                entry.Isin,
                entry.Quantity,
                entry.Price,
                entry.Amount,
                entry.Charges,
                entry.Ratio,
                entry.Type == EntryKind.Split ? entry.Per : null,
                null,
                entry.Note
            )
        );

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

    static string WithoutIds(string dump) => System.Text.RegularExpressions.Regex.Replace(dump, "[0-9a-f]{8}-[0-9a-f-]{27}", "id");
}
