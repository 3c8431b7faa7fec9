using System.Globalization;
using System.Text;
using FsCheck.Xunit;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>A portfolio at many moments: one pass against single lookups, and the amount of data it reads.</summary>
public sealed class HistoryTests(PostgresFixture postgres) : IAsyncLifetime
{
    const int Days = 60;

    // A block of closes ends on 22 April.
    static readonly DateTime start = new(2022, 3, 25, 0, 0, 0, DateTimeKind.Utc);

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Property(MaxTest = 15)]
    public async Task Totals_read_in_one_pass_agree_with_a_lookup_for_each_moment(int seed)
    {
        var random = new Random(seed);
        var user = await SomeAsync(random);
        var zone = PortfolioSettings.Default.Zone;
        // Moments of entries too, in any order and some twice.
        var places = (await ledger.ExportAsync(user)).Select(entry => entry.At).ToArray();
        List<ValuationMoment> moments = [];
        for (var i = 0; i < 40; i++)
        {
            var at =
                random.Next(2) == 0 && places.Length > 0
                    ? places[random.Next(places.Length)]
                    : start.AddMinutes(random.Next(-2 * 24 * 60, (Days + 5) * 24 * 60));
            moments.Add(random.Next(3) == 0 ? ValuationMoment.BeforeDeposits(at, zone) : ValuationMoment.Of(at, zone));
        }

        await AgreesAsync(user, moments);
        // Many days between moments: closes are looked up instead of read in order.
        await AgreesAsync(
            user,
            [
                .. new[] { -300, random.Next(Days), random.Next(Days), Days + 300 }.Select(day =>
                    ValuationMoment.Of(start.AddDays(day), zone)
                ),
            ]
        );
        // Blocks without any close lie between these and the last close.
        await AgreesAsync(user, [.. Enumerable.Range(400, 5).Select(day => ValuationMoment.Of(start.AddDays(day), zone))]);
        await AgreesAsync(
            user,
            [
                .. Enumerable
                    .Range(0, Days)
                    .Select(day => ValuationMoment.Of(Moment.EndOf(DateOnly.FromDateTime(start).AddDays(day), zone), zone)),
            ]
        );
    }

    [Fact]
    public async Task A_history_of_many_points_and_instruments_is_read_in_one_pass()
    {
        const int Symbols = 300,
            Points = 1_000,
            Closes = 20;
        var (user, first) = (Guid.CreateVersion7(), new DateOnly(2020, 1, 1));
        var mark = $"{user:N}"[20..].ToUpperInvariant();
        var (trades, prices) = (
            new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\n"),
            new StringBuilder("symbol,date,close\n")
        );
        for (var i = 0; i < Symbols; i++)
        {
            trades.Append(CultureInfo.InvariantCulture, $"S{i}{mark},{first:yyyy-MM-dd},NSE,buy,2,100,{i}\n");
            for (var k = 0; k < Closes; k++)
                prices.Append(CultureInfo.InvariantCulture, $"S{i}{mark},{first.AddDays(10 + 40 * k):yyyy-MM-dd},{101 + k}\n");
        }

        await ledger.ImportAsync(user, CsvText.Utf8(trades.ToString()), "auto");
        await ledger.Prices.ImportAsync(user, CsvText.Utf8(prices.ToString()), Cancel);
        await Sql.RunAsync(ledger.ConnectionString, "analyze");
        var name = $"history-{user:N}"[..40];
        var statements = new StatementCount();
        var before = await ScansAsync();
        PortfolioHistory history;
        await using (
            var database = new PostgresDatabase(
                $"{ledger.ConnectionString};Application Name={name}",
                source => source.UseLoggerFactory(statements)
            )
        )
        {
            using var module = new LedgerModule(database, ledger.Options);
            history = await module.Portfolios.ReadHistoryAsync(user, first, first.AddDays(Points - 1), Interval.Day, Cancel);
        }

        // The counts of a session are visible once it has ended.
        await Waiting.UntilAsync(
            "the session has ended",
            async () =>
                await Sql.RunAsync(ledger.ConnectionString, $"select count(*) from pg_stat_activity where application_name = '{name}'")
                    is 0L
        );
        var after = await ScansAsync();

        Assert.Equal(Points, history.Points.Count);
        Assert.Equal((Symbols * 200m, Symbols * 2m * (101 + Closes - 1)), (history.Points[0].Total, history.Points[^1].Total));
        // A few index scans for each instrument, independent of the number of points, and one row for many closes.
        Assert.InRange(after.Scans - before.Scans, 1, 6 * Symbols);
        Assert.InRange(after.Rows - before.Rows, 1, 3 * Symbols + Symbols * (Points / 128 + 2));
        Assert.InRange(statements.Count, 1, 20);
    }

    async Task AgreesAsync(Guid user, IReadOnlyList<ValuationMoment> moments)
    {
        await using var reading = await ledger.PortfolioStore.BeginReadingAsync(user, Cancel);
        List<Totals> expected = [];
        foreach (var moment in moments)
            expected.Add((await reading.Values.ReadTotalsAsync([moment]))[0] with { Moment = expected.Count });

        Assert.Equal(expected, await reading.Values.ReadTotalsInOnePassAsync(moments));
    }

    // Trades of three instruments with splits, of which one changes its symbol, and closes by all names.
    async Task<Guid> SomeAsync(Random random)
    {
        var user = Guid.CreateVersion7();
        var mark = $"{user:N}"[20..].ToUpperInvariant();
        (string Symbol, string? Isin)[] names =
        [
            ("INFY" + mark, null),
            ("OLD" + mark, "INE009A01021"),
            ("NEW" + mark, "INE009A01021"),
            ("TCS" + mark, null),
        ];
        await ledger.AddAsync(user, new(EntryKind.Deposit, Moment.Text(start), Amount: 1_000_000_000));
        for (var i = 0; i < 40; i++)
        {
            var (symbol, isin) = names[random.Next(names.Length)];
            var at =
                random.Next(4) == 0
                    ? start.AddDays(random.Next(1, Days)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                    : Moment.Text(start.AddMinutes(15 * random.Next(4, Days * 24 * 4)));
            NewEntry entry = random.Next(12) switch
            {
                0 => new(EntryKind.Deposit, at, Amount: random.Next(1, 100_000) / 100m),
                1 => new(EntryKind.Withdrawal, at, Amount: random.Next(1, 100_000) / 100m),
                2 => new(EntryKind.Split, at, symbol, isin, Ratio: random.Next(2) == 0 ? 2 : 1, Per: random.Next(2) == 0 ? 3 : null),
                3 => new(EntryKind.Dividend, at, symbol, isin, Amount: random.Next(1, 10_000) / 100m),
                < 9 => new(EntryKind.Buy, at, symbol, isin, random.Next(1, 60), random.Next(100, 20_000) / 100m, Charges: 1),
                _ => new(EntryKind.Sell, at, symbol, isin, random.Next(1, 30), random.Next(100, 20_000) / 100m),
            };
            try
            {
                await ledger.AddAsync(user, entry);
            }
            catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
            {
                // More sold than held, or a second split at a moment: the history continues without it.
            }
        }

        for (var i = 0; i < 25; i++)
        {
            var date = DateOnly.FromDateTime(start).AddDays(random.Next(Days));
            await ledger.Prices.WriteAsync([new(names[random.Next(names.Length)].Symbol, date, random.Next(100, 20_000) / 100m)], Cancel);
        }

        return user;
    }

    async Task<(long Scans, long Rows)> ScansAsync()
    {
        var counts = (
            (string)
                (
                    await Sql.RunAsync(
                        ledger.ConnectionString,
                        "select concat(sum(idx_scan), ' ', sum(idx_tup_read)) from pg_stat_user_indexes where relname in "
                            + "('position_versions', 'prices', 'price_blocks', 'instrument_names')"
                    )
                )!
        ).Split(' ');
        return (long.Parse(counts[0], CultureInfo.InvariantCulture), long.Parse(counts[1], CultureInfo.InvariantCulture));
    }
}
