using System.Globalization;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Closing prices on their way into the ledger, one by one and from files, and the portfolios that follow them.</summary>
public sealed class PriceImportTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task A_portfolio_follows_the_prices_of_a_file()
    {
        var user = await HolderAsync("INFY");
        Assert.Equal((PriceSource.LastTrade, 100m, 0.0), await ValueAsync(user));
        Assert.Equal(["INFY"], (await ledger.ReadAsync(user)).MissingPrices);

        Assert.Equal(new(2, 2, 0), await ImportAsync("symbol,date,close\ninfy,2024-01-08,110\nINFY,10-01-2024,120.5\n"));

        Assert.Equal((PriceSource.Close, 120.5m, 0.205), await ValueAsync(user));
        Assert.Equal(110, Assert.Single((await ledger.ReadAsync(user, "2024-01-09")).Holdings).Price);
    }

    [Theory]
    [InlineData(
        "TckrSymb,TradDt,ClsPric,SctySrs,FinInstrmTp\n"
            + "FOLLOWED1,2024-01-08,130,EQ,STK\nFOLLOWED1,2024-01-08,1,GB,STK\nFOLLOWED1,2024-01-08,2,,STF\n",
        "FOLLOWED1",
        130,
        2
    )]
    [InlineData(
        "SYMBOL, SERIES, DATE1, CLOSE_PRICE\nFOLLOWED2, EQ, 08-Jan-2024, 131\nFOLLOWED2, BL, 08-Jan-2024, 5\n",
        "FOLLOWED2",
        131,
        1
    )]
    [InlineData("SYMBOL,SERIES,CLOSE,TIMESTAMP\nFOLLOWED3,BE,7,08-JAN-2024\nFOLLOWED3,EQ,132,08-JAN-2024\n", "FOLLOWED3", 132, 1)]
    public async Task A_bhavcopy_is_imported(string file, string symbol, double price, int skipped)
    {
        var user = await HolderAsync(symbol);

        Assert.Equal(new(1, 1, skipped), await ImportAsync(file));

        Assert.Equal((PriceSource.Close, (decimal)price, Math.Round(price / 100 - 1, 9)), await ValueAsync(user));
    }

    [Fact]
    public async Task A_repeated_file_changes_nothing_and_a_corrected_file_changes_what_it_corrects()
    {
        var user = await HolderAsync("WIPRO");
        const string file = "symbol,date,close\nWIPRO,2024-01-08,110\nWIPRO,2024-01-09,120\n";
        await ImportAsync(file);
        var before = await RowsAsync("WIPRO");

        Assert.Equal(new(2, 0, 0), await ImportAsync(file));
        Assert.Equal(before, await RowsAsync("WIPRO"));

        Assert.Equal(new(2, 1, 0), await ImportAsync(file.Replace("120", "125.50")));
        Assert.Equal((PriceSource.Close, 125.5m, 0.255), await ValueAsync(user));

        // Also before the requested moment: growth up to the deposit between the two is recalculated.
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-09T10:00:00", Amount: 1000));
        Assert.Equal(1.1 * 2255 / 2100 - 1, (await ledger.ReadAsync(user)).Twr!.Value, 9);
        await ImportAsync("symbol,date,close\nWIPRO,2024-01-08,50\n");
        Assert.Equal(0.5 * 2255 / 1500 - 1, (await ledger.ReadAsync(user)).Twr!.Value, 9);
    }

    [Fact]
    public async Task The_last_of_several_prices_for_a_day_counts()
    {
        var user = await HolderAsync("TCS");

        Assert.Equal(new(3, 1, 0), await ImportAsync("symbol,date,close\nTCS,2024-01-08,110\nTCS,08-01-2024,120\ntcs,2024-01-08,115\n"));
        Assert.Equal(115, (await ValueAsync(user)).Price);

        Assert.Equal(
            new(2, 1, 0),
            await ledger.Prices.WriteAsync([new("TCS", new(2024, 1, 8), 116), new("tcs ", new(2024, 1, 8), 117)], Cancel)
        );
        Assert.Equal(117, (await ValueAsync(user)).Price);
    }

    [Theory]
    [InlineData("symbol,date,close\nSBIN,2024-01-08,110\nSBIN,2024-01-09,0\n", "line 3, close")]
    [InlineData("symbol,date,close\nSBIN,2024-01-08,110\nSBIN,2024-02-30,110\n!,2024-02-01,1\n", "line 3, date line 4, symbol")]
    [InlineData("symbol,date,close\nSBIN,2024-01-08,110\nSBIN,2024-01-09,1,000.50\n", "line 3")]
    [InlineData("symbol;date;close\nSBIN;2024-01-08;110\n", "line 1")]
    [InlineData("", "line 1")]
    public async Task A_file_with_an_error_changes_nothing(string file, string places)
    {
        var version = await TextAsync("select version from price_versions");

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(file));

        Assert.Equal((Refusal.Invalid, places), (refusal.Refusal, string.Join(' ', refusal.Errors.Keys)));
        Assert.Equal(("", version), (await RowsAsync("SBIN"), await TextAsync("select version from price_versions")));
    }

    [Fact]
    public async Task A_list_with_invalid_prices_reports_all_errors_and_changes_nothing()
    {
        var refusal = await Assert.ThrowsAsync<RefusedException>(() =>
            ledger.Prices.WriteAsync(
                [
                    new("HDFC", new(2024, 1, 8), 1),
                    new("", new(2024, 1, 8), 1),
                    new("HDFC", new(1066, 1, 8), 0),
                    new("HDFC", new(2024, 1, 9), 0.0000001m),
                ],
                Cancel
            )
        );

        Assert.Equal(["[1].symbol", "[2].close", "[2].date", "[3].close"], refusal.Errors.Keys.Order());
        Assert.Equal("", await RowsAsync("HDFC"));
    }

    [Property(MaxTest = 10)]
    public async Task Files_in_a_row_leave_the_last_price_of_each_day(int seed)
    {
        var random = new Random(seed);
        var mark = $"{Guid.NewGuid():N}"[..10].ToUpperInvariant();
        var expected = new Dictionary<(string, DateOnly), decimal>();
        for (var file = 0; file < 5; file++)
        {
            var before = expected.ToDictionary();
            ClosingPrice[] prices =
            [
                .. Enumerable
                    .Range(0, random.Next(1, 40))
                    .Select(_ => new ClosingPrice(
                        $"{(char)('A' + random.Next(3))}{mark}",
                        new DateOnly(2024, 1, 1).AddDays(40 * random.Next(10)),
                        random.Next(1, 4) / 2m
                    )),
            ];
            foreach (var price in prices)
                expected[(price.Symbol, price.Date)] = price.Close;
            var lines = prices.Select(one =>
                string.Create(CultureInfo.InvariantCulture, $"{one.Symbol},{one.Date:yyyy-MM-dd},{one.Close}\n")
            );
            var text = $"symbol,date,close\n{string.Concat(lines)}";

            var result = random.Next(2) == 0 ? await ImportAsync(text) : await ledger.Prices.WriteAsync(prices, Cancel);

            Assert.Equal(
                new(prices.Length, expected.Count(one => !before.TryGetValue(one.Key, out var old) || old != one.Value), 0),
                result
            );
        }

        Assert.Equal(
            string.Join(
                '\n',
                expected
                    .OrderBy(one => one.Key)
                    .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key.Item1} {one.Key.Item2:yyyy-MM-dd} {one.Value}"))
            ),
            await TextAsync(
                "select string_agg(concat_ws(' ', symbol, date, trim_scale(close)), E'\\n' order by symbol collate \"C\", date) from "
                    + $"prices where symbol like '%{mark}'"
            )
        );
        foreach (var symbol in expected.GroupBy(one => one.Key.Item1))
            Assert.Equal(
                symbol.Select(one => new DatedClose(one.Key.Item2, one.Value)).OrderBy(close => close.Date),
                await BlocksAsync(symbol.Key)
            );
    }

    [Fact]
    public async Task Blocks_keep_the_first_and_last_days_and_the_smallest_and_largest_closes_exactly()
    {
        const decimal Smallest = 0.000001m,
            Largest = 999_999_999_999.999999m;
        var ends = PriceBlock.Of(new(2024, 1, 1)) + 1;
        var boundary = new DateOnly(1900, 1, 1).AddDays(ends * 128);
        ClosingPrice[] prices =
        [
            new("ENDS", new(1900, 1, 1), Smallest),
            new("ENDS", new(1900, 5, 8), Largest),
            new("ENDS", new(1900, 5, 9), 1),
            new("ENDS", boundary.AddDays(-1), 2),
            new("ENDS", boundary, 3.5m),
            new("ENDS", new(9998, 12, 31), Largest),
        ];
        await ledger.Prices.WriteAsync(prices, Cancel);

        Assert.Equal(prices.Select(one => new DatedClose(one.Date, one.Close)), await BlocksAsync("ENDS"));
        Assert.Equal((ends - 1, ends), (PriceBlock.Of(boundary.AddDays(-1)), PriceBlock.Of(boundary)));
    }

    async Task<List<DatedClose>> BlocksAsync(string symbol)
    {
        await using var connection = new NpgsqlConnection(ledger.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand("select block, closes from price_blocks where symbol = $1 order by block", connection)
        {
            Parameters = { new() { Value = symbol } },
        };
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        List<DatedClose> closes = [];
        while (await reader.ReadAsync(Cancel))
            PriceBlock.Read(reader.GetInt32(0), await reader.GetFieldValueAsync<byte[]>(1, Cancel), closes);
        return closes;
    }

    // Ten units, bought with the whole deposit.
    async Task<Guid> HolderAsync(string symbol)
    {
        var user = Guid.CreateVersion7();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-05T09:00:00", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-05T10:00:00", symbol, Quantity: 10, Price: 100));
        return user;
    }

    async Task<(PriceSource Source, decimal Price, double Twr)> ValueAsync(Guid user)
    {
        var report = await ledger.ReadAsync(user);
        var holding = Assert.Single(report.Holdings);
        return (holding.PriceSource, holding.Price, Math.Round(report.Twr!.Value, 9));
    }

    Task<PricesResult> ImportAsync(string file) => ledger.Prices.ImportAsync(Guid.CreateVersion7(), CsvText.Utf8(file), Cancel);

    Task<string> RowsAsync(string symbol) =>
        TextAsync($"select coalesce(string_agg(p::text, E'\\n' order by date), '') from prices p where symbol = '{symbol}'");

    async Task<string> TextAsync(string sql) => $"{await Sql.RunAsync(ledger.ConnectionString, sql)}";
}
