using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class ClosingPricesTests
{
    const string Bhavcopy = "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,ISIN,";
    const string Full =
        "SYMBOL, SERIES, DATE1, PREV_CLOSE, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, CLOSE_PRICE, AVG_PRICE, TTL_TRD_QNTY, "
        + "TURNOVER_LACS, NO_OF_TRADES, DELIV_QTY, DELIV_PER";
    const string Udiff =
        "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,OpnPric,HghPric,LwPric,ClsPric,LastPric,Rmks,Rsvd1";

    static readonly DateOnly Day = new(2021, 1, 1);

    [Fact]
    public async Task Prices_of_three_columns_in_any_order()
    {
        Assert.Equal(
            [new("INFY", Day, 1255.5m), new("M&M", Day, 0.05m)],
            await Fine("symbol,date,close\nINFY,2021-01-01,1255.50\n m&m , 01-01-2021 ,0.05\n")
        );
        Assert.Equal([new("INFY", Day, 1)], await Fine("Close, DATE ,\"Symbol\",\r\n1,2021-01-01,INFY,\r\n"));
        Assert.Empty(await Fine("symbol,date,close"));
    }

    [Fact]
    public async Task Prices_of_a_bhavcopy()
    {
        var prices = await Fine(
            $"""
            {Bhavcopy}
            20MICRONS,EQ,35,36.5,34.55,36.1,36.1,34.95,107532,3844474.4,01-JAN-2021,1241,INE144J01027,
            M&M,BE,35,36.5,34.55,720.60,36.1,34.95,107532,3844474.4,01-Jan-2021,1241,INE144J01027,
            """
        );

        Assert.Equal([new("20MICRONS", Day, 36.1m), new("M&M", Day, 720.6m)], prices);
    }

    [Fact]
    public async Task Prices_of_a_bhavcopy_with_deliveries() =>
        Assert.Equal(
            [new("20MICRONS", Day, 36.1m)],
            await Fine(
                $"{Full}\n20MICRONS, EQ, 01-Jan-2021, 34.95, 35.00, 36.50, 34.55, 36.10, 36.10, 35.75, 107532, 38.44, 1241, 65014, -\n"
            )
        );

    [Fact]
    public async Task Prices_of_a_bhavcopy_in_the_unified_format()
    {
        var problems = new CsvProblems();
        var prices = await Read(
            CsvText.Utf8(
                $"""
                {Udiff}
                2021-01-01,2021-01-01,CM,NSE,STK,1594,INE009A01021,INFY,EQ,,1,2,3,1255.50,5,,
                2021-01-01,2021-01-01,FO,NSE,STF,1594,,INFY,EQ,,1,2,3,1256.50,5,,
                2021-01-01,2021-01-01,CM,NSE,STK,1595,IN0020150028,SGBNOV24,GB,,1,2,3,4900,5,,
                """
            ),
            problems
        );

        Assert.Equal([new("INFY", Day, 1255.5m)], prices);
        Assert.Equal((0, 2), (problems.Found.Count, problems.Skipped));
        Assert.Equal([new("INFY", Day, 2)], await Fine("TradDt,TckrSymb,SctySrs,ClsPric\n2021-01-01,INFY,EQ,2"));
    }

    [Theory]
    [InlineData("EQ", true)]
    [InlineData("eq", true)]
    [InlineData("BE", true)]
    [InlineData("BZ", true)]
    [InlineData("SM", true)]
    [InlineData("ST", true)]
    [InlineData("SZ", true)]
    [InlineData("RR", true)]
    [InlineData("IV", true)]
    [InlineData("BL", false)]
    [InlineData("GB", false)]
    [InlineData("N1", false)]
    [InlineData("E1", false)]
    [InlineData("T0", false)]
    [InlineData("", false)]
    [InlineData("EQUITY", false)]
    public async Task A_series_is_read(string series, bool read)
    {
        var problems = new CsvProblems();
        // Problems of skipped rows do not matter.
        var prices = await Read(CsvText.Utf8($"{Bhavcopy}\nINFY,{series},,,,{(read ? 1 : "x")},,,,,01-JAN-2021,,,\n"), problems);

        Assert.Equal((read ? 1 : 0, read ? 0 : 1, 0), (prices.Count, problems.Skipped, problems.Found.Count));
    }

    [Theory]
    [InlineData("EQ BE BZ", "EQ", 2)]
    [InlineData("BZ BE EQ", "EQ", 2)]
    [InlineData("BE EQ BZ", "EQ", 2)]
    [InlineData("BZ BL BE", "BE", 2)]
    [InlineData("BL EQ", "EQ", 1)]
    public async Task The_preferred_series_of_a_symbol_is_read(string rows, string best, int skipped)
    {
        string[] series = rows.Split(' ');
        var problems = new CsvProblems();
        var prices = await Read(
            CsvText.Utf8(
                $"{Bhavcopy}\nABB,EQ,,,,9,,,,,01-JAN-2021,,,\n"
                    + $"{string.Concat(series.Select((one, i) => $"INFY,{one},,,,{i + 1},,,,,01-JAN-2021,,,\n"))}"
                    + $"INFY,BE,,,,8,,,,,02-JAN-2021,,,\n"
            ),
            problems
        );

        Assert.Equal([new("ABB", Day, 9), new("INFY", Day, Array.IndexOf(series, best) + 1), new("INFY", Day.AddDays(1), 8)], prices);
        Assert.Equal(skipped, problems.Skipped);
    }

    [Theory]
    [InlineData("symbol,date,close,note\n", "1 note: The column is not known. Known are symbol, date, close.")]
    [InlineData("symbol,date\n", "1 close: The column is missing.")]
    [InlineData("symbol,date,close,Close\n", "1 close: The column is there twice.")]
    [InlineData("name,day,value\n", "1 : The columns must be symbol, date and close, or those of a bhavcopy.")]
    [InlineData("symbol;date;close\n", "1 : The columns are separated by ;: they must be separated by commas.")]
    [InlineData("", "1 : The file is empty: its first line must name the columns.")]
    [InlineData(Bhavcopy + "CLOSE\n", "1 CLOSE: The column is there twice.")]
    [InlineData(
        Bhavcopy + "\nINFY,EQ,,,,1,,,,,2021-01-01,,,",
        "2 TIMESTAMP: Must be a date such as 04-Jan-2021, between the years 1900 and 9998."
    )]
    [InlineData(Bhavcopy + "\nINFY,EQ,,,,0,,,,,01-JAN-2021,,,", "2 CLOSE: Must be greater than 0.")]
    [InlineData(Bhavcopy + "\nINFY,EQ,,,,1,,,,,01-JAN-2021,,", "2 : The row has 13 cells, the header 14.")]
    [InlineData(
        Bhavcopy + "\nINFY,EQ,\"1\"2,,,1,,,,,01-JAN-2021,,,",
        "2 OPEN: There is text after the closing quote. Quotes within a quoted cell are written twice."
    )]
    [InlineData(
        "symbol,date,close\nINFY,01-JAN-2021,1",
        "2 date: Must be a date such as 2021-01-04 or 04-01-2021, between the years 1900 and 9998."
    )]
    [InlineData(
        "symbol,date,close\nINFY,2021-02-29,1",
        "2 date: Must be a date such as 2021-01-04 or 04-01-2021, between the years 1900 and 9998."
    )]
    [InlineData("symbol,date,close\nINFY,2021-01-01,0", "2 close: Must be greater than 0.")]
    [InlineData("symbol,date,close\nINFY,2021-01-01,-1", "2 close: Must not be below 0.")]
    [InlineData("symbol,date,close\nINFY,2021-01-01,", "2 close: Must not be empty.")]
    [InlineData(
        "symbol,date,close\nINFY,2021-01-01,\"1,255.50\"",
        "2 close: Must be without thousands separators and with a point before its decimals, as in 1000.50."
    )]
    [InlineData("symbol,date,close\n,2021-01-01,1", "2 symbol: " + Instrument.SymbolRule)]
    public async Task An_invalid_file_is_refused(string text, string problem)
    {
        var problems = new CsvProblems();

        Assert.Empty(await Read(CsvText.Utf8(text), problems));
        Assert.Equal([problem], CsvText.Messages(problems));
    }

    [Fact]
    public async Task A_gigabyte_without_line_ends_is_refused_at_once()
    {
        var file = new CsvText.Repeated(Bhavcopy + "\n", "INFY,", 1 << 30);
        var problems = new CsvProblems();

        Assert.Empty(await Read(file, problems));
        Assert.True(file.Given < 1 << 20);
        Assert.Equal(["2 : The row is longer than 64 KiB. Is there a quote that is not closed?"], CsvText.Messages(problems));
    }

    [Property(MaxTest = 300)]
    public Property Any_prices_are_read_back_from_each_kind_of_file(int seed) =>
        Prop.ForAll(
            Prices.ArrayOf().ToArbitrary(),
            async prices =>
            {
                var random = new Random(seed);
                var kind = random.Next(4);
                // Rows of one symbol and day that follow one another are one price in the exchange's files.
                if (kind > 0)
                    prices = [.. prices.DistinctBy(price => (price.Symbol, price.Date))];
                var problems = new CsvProblems();

                var read = await Read(new CsvText.Pieces(Write(prices, kind, random, out var skipped), seed), problems);

                problems.ThrowIfAny();
                Assert.Equal(prices, read);
                Assert.Equal(skipped, problems.Skipped);
            }
        );

    [Property(MaxTest = 1000)]
    public Property A_corrupt_file_is_refused_and_nothing_else_is_thrown(int seed) =>
        Prop.ForAll(
            Prices.ArrayOf(5).ToArbitrary(),
            async prices =>
            {
                var random = new Random(seed);
                var bytes = Write(prices, random.Next(4), random, out _);
                for (var i = random.Next(1, 6); i > 0; i--)
                    bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : "\",\n\r\0;\t 0"u8[random.Next(9)];

                var problems = new CsvProblems();
                var read = await Read(new CsvText.Pieces(bytes[..random.Next(1, bytes.Length)], seed), problems);

                if (problems.Found.Count > 0)
                    Assert.Equal(Refusal.Invalid, Assert.Throws<RefusedException>(problems.ThrowIfAny).Refusal);
                Assert.All(read, price => Assert.True(price.Close > 0));
            }
        );

    static Gen<ClosingPrice> Prices =>
        from symbol in Gen.Elements("INFY", "M&M", "BAJAJ-AUTO", "20MICRONS", "A1", "A2", "A3")
        from day in Gen.Choose(0, 10_000)
        from close in Gen.Choose(1, int.MaxValue)
        select new ClosingPrice(symbol, new DateOnly(1995, 1, 1).AddDays(day), close / 100m);

    /// <summary>The prices as a file of one of four kinds, and how many of its rows are to be skipped.</summary>
    static byte[] Write(ClosingPrice[] prices, int kind, Random random, out int skipped)
    {
        skipped = 0;
        var text = new StringBuilder(
            kind switch
            {
                0 => "date,close,symbol",
                1 => Bhavcopy,
                2 => Full,
                _ => Udiff,
            }
        );
        foreach (var price in prices)
        {
            var (series, close) = (new[] { "EQ", "BE", "RR" }[random.Next(3)], price.Close.ToString(CultureInfo.InvariantCulture));
            if (kind > 0 && random.Next(4) == 0)
            {
                Add(price.Symbol, new[] { "BL", "GB", "N5" }[random.Next(3)], price.Date, "0");
                skipped++;
            }

            Add(price.Symbol, series, price.Date, close);
        }

        return Encoding.UTF8.GetBytes(text.ToString());

        static string Format(Random random) => random.Next(2) == 0 ? "yyyy-MM-dd" : "dd-MM-yyyy";

        static string Day(DateOnly date) => date.ToString("dd-MMM-yyyy", CultureInfo.InvariantCulture);

        void Add(string symbol, string series, DateOnly date, string close)
        {
            if (random.Next(3) == 0)
                symbol = CsvText.Quoted(symbol);
            text.Append(random.Next(2) == 0 ? "\n" : "\r\n")
                .Append(
                    kind switch
                    {
                        0 => $"{date.ToString(Format(random), CultureInfo.InvariantCulture)},{close},{symbol}",
                        1 => $"{symbol},{series},1,1,1,{close},1,1,1,1,{Day(date).ToUpperInvariant()},1,X,",
                        2 => $"{symbol}, {series}, {Day(date)}, 1, 1, 1, 1, 1, {close}, 1, 1, 1, 1, -, -",
                        _ => $"{date:yyyy-MM-dd},{date:yyyy-MM-dd},CM,NSE,STK,1,X,{symbol},{series},,1,1,1,{close},1,,",
                    }
                );
        }
    }

    static async Task<List<ClosingPrice>> Fine(string text)
    {
        var problems = new CsvProblems();
        var prices = await Read(CsvText.Utf8(text), problems);
        Assert.Equal(([], 0), (CsvText.Messages(problems), problems.Skipped));
        return prices;
    }

    static async Task<List<ClosingPrice>> Read(Stream file, CsvProblems problems)
    {
        var prices = new List<ClosingPrice>();
        await foreach (var price in ClosingPrices.ReadAsync(file, problems))
            prices.Add(price);
        return prices;
    }
}
