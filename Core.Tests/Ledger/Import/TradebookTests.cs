using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class TradebookTests
{
    const string Header =
        "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time";
    const string Row = "INFY,INE009A01021,2021-01-04,NSE,EQ,EQ,buy,false,10,1255.50,75932312,1100000000012345,2021-01-04T09:15:32";
    const string Short = "symbol,trade_date,exchange,trade_type,quantity,price,trade_id";

    static readonly TimeZoneInfo India = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
    static readonly string[] Columns = Header.Split(',');

    [FsCheck.Xunit.Property(MaxTest = 2_000)]
    public void An_exponent_is_found_where_the_pattern_of_it_matches(int seed)
    {
        var random = new Random(seed);
        var text = new string(random.GetItems<char>("0159..eE+-x".AsSpan(), random.Next(12)));

        Assert.Equal(
            System.Text.RegularExpressions.Regex.IsMatch(text, @"^[-+]?[0-9]*\.?[0-9]*[eE][-+]?[0-9]+\z"),
            CsvFile.HasExponent(text)
        );
    }

    [Theory]
    [InlineData('1', false)]
    [InlineData('e', false)]
    [InlineData('.', false)]
    public void A_cell_of_64_KiB_is_not_an_exponent(char digit, bool expected) =>
        Assert.Equal(expected, CsvFile.HasExponent(new string(digit, 64_000) + "x"));

    [Fact]
    public async Task A_row_is_a_trade()
    {
        var trade = Assert.Single(await Fine(Header + "\n" + Row + "\n"));

        Assert.Equal(
            new(2, "INFY", "INE009A01021", Utc("2021-01-04T03:45:32Z"), true, 10, 1255.5m, "NSE", "75932312", new(2021, 1, 4)),
            trade
        );
        Assert.Equal((DateTimeKind.Utc, "NSE 2021-01-04 75932312"), (trade.At.Kind, trade.Key));
    }

    [Theory]
    [InlineData("2021-01-04", "", "2021-01-04T18:29:59.999999Z")]
    [InlineData("04-01-2021", "", "2021-01-04T18:29:59.999999Z")]
    [InlineData("04-01-2021", "2021-01-04 09:15:32", "2021-01-04T03:45:32Z")]
    [InlineData("2021-01-04", "2021-01-04T09:15:32.123456", "2021-01-04T03:45:32.123456Z")]
    [InlineData("2021-01-04", "2021-01-04T03:45:32Z", "2021-01-04T03:45:32Z")]
    [InlineData("2021-01-04", "2021-01-03T19:00:00Z", "2021-01-03T19:00:00Z")]
    [InlineData("2021-01-04", "2021-01-04 09:15:32.5+05:30", "2021-01-04T03:45:32.5Z")]
    [InlineData("04-01-2021", "09:15:32", "2021-01-04T03:45:32Z")]
    [InlineData("2021-01-04", "09:15", "2021-01-04T03:45:00Z")]
    [InlineData("2021-01-04", "2021-01-04", "2021-01-04T18:29:59.999999Z")]
    [InlineData("2021-01-04", "04-01-2021", "2021-01-04T18:29:59.999999Z")]
    public async Task A_trade_of_a_date_and_time_counts_at(string date, string time, string utc) =>
        Assert.Equal(Utc(utc), Assert.Single(await Fine($"{Short},order_execution_time\nINFY,{date},NSE,buy,1,1,1,{time}")).At);

    [Theory]
    [InlineData("trade_date", "")]
    [InlineData("trade_date", "2021-02-30")]
    [InlineData("trade_date", "01/04/2021")]
    [InlineData("trade_date", "2021-1-4")]
    [InlineData("trade_date", "04-Jan-2021")]
    [InlineData("trade_date", "0021-01-04")]
    [InlineData("trade_date", "2021-01-04T09:15:32")]
    [InlineData("order_execution_time", "2021-01-05T09:15:32")]
    [InlineData("order_execution_time", "2021-01-03T18:00:00Z")]
    [InlineData("order_execution_time", "2021-01-05")]
    [InlineData("order_execution_time", "25:00:00")]
    [InlineData("order_execution_time", "9:15:32 AM")]
    [InlineData("order_execution_time", "44200.38")]
    [InlineData("segment", "FO")]
    [InlineData("segment", "CDS")]
    [InlineData("trade_type", "")]
    [InlineData("trade_type", "B")]
    [InlineData("trade_type", "buys")]
    [InlineData("symbol", "")]
    [InlineData("symbol", "-INFY")]
    [InlineData("symbol", "INFY₹")]
    [InlineData("symbol", "\"INFY\n\"")]
    [InlineData("symbol", "\"IN\r\nFY\"")]
    [InlineData("isin", "INE009A0102")]
    [InlineData("isin", "\"\nINE009A01021\"")]
    [InlineData("exchange", "")]
    [InlineData("exchange", "N S E")]
    [InlineData("exchange", "NATIONALSTOCKEXCHANGE")]
    [InlineData("quantity", "")]
    [InlineData("quantity", "0")]
    [InlineData("quantity", "-1")]
    [InlineData("quantity", "0.00000000001")]
    [InlineData("quantity", "1.00000000000000000000000000000000000001")]
    [InlineData("quantity", "1000000000000")]
    [InlineData("quantity", "999999999999999999999999999999999999999999")]
    [InlineData("quantity", "1e5")]
    [InlineData("quantity", "1E+400")]
    [InlineData("quantity", "\"1,000\"")]
    [InlineData("quantity", "ten")]
    [InlineData("quantity", ".")]
    [InlineData("quantity", "-")]
    [InlineData("quantity", "+1")]
    [InlineData("quantity", "1.0.0")]
    [InlineData("quantity", "1 000")]
    [InlineData("quantity", "(10)")]
    [InlineData("quantity", "NaN")]
    [InlineData("quantity", "0x10")]
    [InlineData("quantity", "١٠")]
    [InlineData("price", "")]
    [InlineData("price", "-0.01")]
    [InlineData("price", "₹100")]
    [InlineData("price", "$100")]
    [InlineData("price", "100 INR")]
    [InlineData("price", "0.0000001")]
    [InlineData("trade_id", "")]
    [InlineData("trade_id", "1 2")]
    [InlineData("trade_id", "4.00000E+15")]
    [InlineData("trade_id", "12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_cell_is_refused_by_line_and_column(string column, string cell)
    {
        var cells = Row.Split(',');
        cells[Array.IndexOf(Columns, column)] = cell;

        var problems = new CsvProblems();
        var trades = await Read(CsvText.Utf8($"{Header}\n{Row}\n{string.Join(',', cells)}\n{Row}\n"), problems);

        Assert.Equal((3, column), Assert.Single(problems.Found.Select(one => (one.Line, one.Column))));
        Assert.Equal(["line 3, " + column], Assert.Throws<RefusedException>(problems.ThrowIfAny).Errors.Keys);
        Assert.Equal(2, trades.Count);
    }

    [Theory]
    [InlineData("\"1,000.50\"", "Must be without thousands separators and with a point before its decimals, as in 1000.50.")]
    [InlineData("\"1000,50\"", "Must be without thousands separators and with a point before its decimals, as in 1000.50.")]
    [InlineData("1e400", "Must be without an exponent, as in 1000.50.")]
    [InlineData("1.5E-3", "Must be without an exponent, as in 1000.50.")]
    [InlineData("Rs. 5", "Must be a number of digits alone, with a point before its decimals, as in 1000.50.")]
    [InlineData("12345678901234567890123456789", "Must have at most 28 digits.")]
    [InlineData("0.0000001", "Must have at most 6 decimals.")]
    [InlineData("1000000000000", "Must be less than 1000000000000.")]
    [InlineData("", "Must not be empty.")]
    public async Task An_invalid_price_is_refused(string price, string why) =>
        Assert.Equal(["2 price: " + why], await Wrong($"{Short}\nINFY,2021-01-04,NSE,buy,1,{price},1"));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("1255.50", 1255.5)]
    [InlineData("0001.10", 1.1)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("0.000001", 0.000001)]
    [InlineData("999999999999.99", 999999999999.99)]
    [InlineData("1.50000000000000000000000000000000000000000000000000", 1.5)]
    [InlineData(" 7 ", 7)]
    public async Task A_valid_price_is_read(string price, decimal value) =>
        Assert.Equal(value, Assert.Single(await Fine($"{Short}\nINFY,2021-01-04,NSE,buy,1,{price},1")).Price);

    [Fact]
    public async Task Names_of_columns_may_be_in_any_order_and_case_and_spaced()
    {
        var trade = Assert.Single(
            await Fine(" Trade_ID ,PRICE,quantity,Trade_Type,Exchange,TRADE_DATE,\"symbol \",,\nA-1,2.5,3,SELL,bse,2021-01-04, infy ,,\n")
        );

        Assert.Equal(new(2, "INFY", null, Utc("2021-01-04T18:29:59.999999Z"), false, 3, 2.5m, "BSE", "A-1", new(2021, 1, 4)), trade);
        Assert.Equal("BSE 2021-01-04 A-1", trade.Key);
    }

    [Theory]
    [InlineData("", "1 : The file is empty: its first line must name the columns.")]
    [InlineData("\n \r\n\t\n", "1 : The file is empty: its first line must name the columns.")]
    [InlineData("symbol;trade_date;trade_type", "1 : The columns are separated by ;: they must be separated by commas.")]
    [InlineData("symbol\ttrade_date\ttrade_type", "1 : The columns are separated by tabs: they must be separated by commas.")]
    [InlineData("\n\nsymbol|trade_date", "3 : The columns are separated by |: they must be separated by commas.")]
    [InlineData(
        Short + ",note",
        "1 note: The column is not known. Known are symbol, isin, trade_date, exchange, segment, series, trade_type, auction, "
            + "quantity, price, trade_id, order_id, order_execution_time."
    )]
    [InlineData(Short + ",Price", "1 price: The column is there twice.")]
    [InlineData("symbol,,trade_date,exchange,trade_type,quantity,price,trade_id", "1 : Column 2 has no name.")]
    [InlineData("symbol,trade_date,exchange,trade_type,quantity,price", "1 trade_id: The column is missing.")]
    [InlineData(
        "sym\"bol",
        "1 : There is a quote within a cell that is not quoted. Such a cell has to be quoted, and the quotes in it written twice."
    )]
    [InlineData("\"symbol", "1 : A quote is opened and not closed.")]
    [InlineData("PK\u0003\u0004\u0014\0\u0006\0", "1 : The file is not text. A spreadsheet has to be saved as CSV in UTF-8.")]
    public async Task An_invalid_header_is_refused(string text, string problem) => Assert.Equal([problem], await Wrong(text));

    [Fact]
    public async Task All_missing_columns_are_reported() =>
        Assert.Equal(
            ["symbol", "trade_date", "exchange", "trade_type", "quantity", "price", "trade_id"],
            (await Wrong("isin,segment")).Select(problem => problem.Split(' ', ':')[1])
        );

    [Theory]
    [InlineData("INFY,2021-01-04,NSE,buy,1,1", "2 : The row has 6 cells, the header 7.")]
    [InlineData("INFY,2021-01-04,NSE,buy,1,1,1,", "2 : The row has 8 cells, the header 7.")]
    [InlineData("INFY", "2 : The row has 1 cells, the header 7.")]
    [InlineData(
        "INFY,2021-01-04,NSE,bu\"y,1,1,1",
        "2 trade_type: There is a quote within a cell that is not quoted. Such a cell has to be quoted, and the quotes in it written twice."
    )]
    [InlineData(
        "\"IN,FY\",\"2021-01-04\" ,NSE,buy,1,1,1",
        "2 trade_date: There is text after the closing quote. Quotes within a quoted cell are written twice."
    )]
    [InlineData(
        "INFY,2021-01-04,NSE,buy,\"1\"0,1,1",
        "2 quantity: There is text after the closing quote. Quotes within a quoted cell are written twice."
    )]
    [InlineData("INFY,2021-01-04,NSE,buy,1,1,\"1", "2 trade_id: A quote is opened and not closed.")]
    [InlineData("INFY,2021-01-04,NSE,buy,1,1,\"1\"\"", "2 trade_id: A quote is opened and not closed.")]
    [InlineData("INFY,2021-01-04,NSE,\"buy,1,1,1\nINFY,2021-01-04,NSE,buy,1,1,1\n", "2 trade_type: A quote is opened and not closed.")]
    [InlineData("INFY,2021-01-04,NSE,buy,1,1,\0", "2 : The file is not text. A spreadsheet has to be saved as CSV in UTF-8.")]
    [InlineData("INFY;2021-01-04;NSE;buy;1;1;1", "2 : The row has 1 cells, the header 7.")]
    public async Task An_invalid_row_is_refused(string row, string problem) => Assert.Equal([problem], await Wrong(Short + "\n" + row));

    [Fact]
    public async Task A_cell_without_a_column_must_be_empty() =>
        Assert.Equal(
            ["3 : Cell 8 must be empty: its column has no name."],
            await Wrong(Short + ",\nINFY,2021-01-04,NSE,buy,1,1,1,\nINFY,2021-01-04,NSE,buy,1,1,1,x")
        );

    [Fact]
    public async Task A_header_alone_has_no_trades()
    {
        Assert.Empty(await Fine(Header));
        Assert.Empty(await Fine(Header + "\r\n"));
        Assert.Empty(await Fine("\r\n" + Header + "\r\n\r\n  \r\n"));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Lines_are_counted_as_an_editor_counts_them(string end)
    {
        var row = "INFY,2021-01-04,NSE,buy,1,1,1,";
        var text = string.Join(end, "", Short + ",order_id", row, "", "  ", row + "\"a", "", "\"\"b\"\"", "c\"", row, row + "x,", row);

        var problems = new CsvProblems();
        var trades = await Read(CsvText.Utf8(text), problems);

        Assert.Equal([3, 6, 10, 12], trades.Select(trade => trade.Line));
        Assert.Equal(["11 : The row has 9 cells, the header 8."], CsvText.Messages(problems));
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] file =
        [
            .. Encoding.UTF8.GetBytes(Header + "\n" + Row + "\n"),
            .. Encoding.Latin1.GetBytes(Row.Replace("INFY", "INFÉ") + "\n" + Row.Replace(",NSE", ",NSÉ")),
            (byte)'\n',
        ];

        var problems = new CsvProblems();
        Assert.Single(await Read(new MemoryStream(file), problems));
        Assert.Equal(["3 symbol: Must be in UTF-8.", "4 exchange: Must be in UTF-8."], CsvText.Messages(problems));
    }

    [Fact]
    public async Task Files_with_a_byte_order_mark_are_read_in_their_encoding()
    {
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
        {
            var problems = new CsvProblems();
            Assert.Equal(
                "INFY",
                Assert.Single(await Read(CsvText.With(encoding, "\"symbol\"" + Header[6..] + "\r\n" + Row), problems)).Symbol
            );
            problems.ThrowIfAny();
        }

        var without = new CsvProblems();
        Assert.Empty(await Read(new MemoryStream(Encoding.Unicode.GetBytes(Header + "\n" + Row)), without));
        Assert.Equal(["1 : The file is not text. A spreadsheet has to be saved as CSV in UTF-8."], CsvText.Messages(without));
    }

    [Fact]
    public async Task After_fifty_problems_reading_stops()
    {
        var file = new CsvText.Repeated(Short + "\n", "INFY,2021-01-04,NSE,buy,0,x,1\n", 1 << 30);
        var problems = new CsvProblems();

        Assert.Empty(await Read(file, problems));
        var errors = Assert.Throws<RefusedException>(problems.ThrowIfAny).Errors;

        Assert.True(file.Given < 1 << 20);
        Assert.Equal(
            [.. Enumerable.Range(2, 25).SelectMany(line => new[] { $"line {line}, quantity", $"line {line}, price" }), "file"],
            errors.Keys
        );
        Assert.Equal(["Only the first 50 problems are listed. There are more."], errors["file"]);
    }

    [Fact]
    public async Task Fifty_problems_are_all_reported()
    {
        var problems = new CsvProblems();
        await Read(
            CsvText.Utf8(
                Short + "\n" + string.Concat(Enumerable.Repeat("INFY,2021-01-04,NSE,buy,0,x,1\n", 25)) + "INFY,2021-01-04,NSE,buy,1,1,1\n"
            ),
            problems
        );

        Assert.Equal((50, false), (problems.Found.Count, problems.HasMore));
        Assert.DoesNotContain("file", Assert.Throws<RefusedException>(problems.ThrowIfAny).Errors.Keys);
    }

    [Theory]
    [InlineData("", "a", 1)]
    [InlineData("", ",", 1)]
    [InlineData(Short + "\n", "a", 2)]
    [InlineData(Short + "\nINFY,2021-01-04,NSE,buy,1,1,1\n\"", "a\nb\"\"", 3)]
    [InlineData(Short + "\nINFY,2021-01-04,NSE,buy,1,1,1\n\n\"", "INFY,2021-01-04,NSE,buy,1,1,1\n", 4)]
    public async Task A_row_of_a_gigabyte_is_refused_at_once(string start, string repeated, int line)
    {
        var file = new CsvText.Repeated(start, repeated, 1 << 30);
        var problems = new CsvProblems();

        await Read(file, problems);

        Assert.True(file.Given < 1 << 20);
        Assert.Equal([$"{line} : The row is longer than 64 KiB. Is there a quote that is not closed?"], CsvText.Messages(problems));
    }

    [Theory]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    [InlineData(100_000, false)]
    public async Task A_row_may_have_64_KiB(int size, bool fine)
    {
        var row = "INFY,2021-01-04,NSE,buy,1,1,1,";
        row += new string('x', size - row.Length);
        foreach (var before in new[] { 0, 1, 2000, 3000 })
        {
            var problems = new CsvProblems();
            var text = Short + ",order_id\n" + string.Concat(Enumerable.Repeat("INFY,2021-01-04,NSE,buy,1,1,1,\n", before)) + row + "\n";
            var trades = await Read(new CsvText.Pieces(Encoding.UTF8.GetBytes(text), before), problems);
            Assert.Equal(fine ? before + 1 : before, trades.Count);
            Assert.Equal(
                fine ? [] : [$"{before + 2} : The row is longer than 64 KiB. Is there a quote that is not closed?"],
                CsvText.Messages(problems)
            );
        }
    }

    [Fact]
    public async Task Reading_takes_no_memory_that_grows_with_the_file()
    {
        var file = new CsvText.Repeated(Short + "\n", "\n", 16 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problems = new CsvProblems();

        Assert.Empty(await Read(file, problems));

        Assert.Equal((16 << 20, 0), (file.Given, problems.Found.Count));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public async Task The_file_stays_open_and_reading_can_be_cancelled()
    {
        var file = CsvText.Utf8(Header + "\n" + Row);
        await Read(file, new());
        Assert.True(file.CanRead);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Tradebook.ReadAsync(CsvText.Utf8(Header + "\n" + Row), India, new(), new(canceled: true)))
                Assert.Fail();
        });
    }

    [Property(MaxTest = 300)]
    public Property Any_trades_are_read_back_however_they_are_written(int seed) =>
        Prop.ForAll(
            Trades.ArrayOf().ToArbitrary(),
            async trades =>
            {
                var (bytes, expected) = Write(trades, new Random(seed));
                var problems = new CsvProblems();

                var read = await Read(new CsvText.Pieces(bytes, seed), problems);

                problems.ThrowIfAny();
                Assert.Equal(expected, read);
            }
        );

    [Property(MaxTest = 1000)]
    public Property A_corrupt_file_is_refused_and_nothing_else_is_thrown(int seed) =>
        Prop.ForAll(
            Trades.ArrayOf(5).ToArbitrary(),
            async trades =>
            {
                var random = new Random(seed);
                var bytes = Write(trades, random).Bytes.ToList();
                for (var i = random.Next(1, 6); i > 0; i--)
                {
                    var at = random.Next(bytes.Count);
                    var one = random.Next(2) == 0 ? (byte)random.Next(256) : "\",\n\r\0;\t 0"u8[random.Next(9)];
                    switch (random.Next(4))
                    {
                        case 0:
                            bytes[at] = one;
                            break;
                        case 1:
                            bytes.Insert(at, one);
                            break;
                        case 2:
                            bytes.RemoveAt(at);
                            break;
                        default:
                            bytes.RemoveRange(at, random.Next(bytes.Count - at));
                            break;
                    }

                    if (bytes.Count == 0)
                        bytes.Add(one);
                }

                var problems = new CsvProblems();
                var read = await Read(new CsvText.Pieces([.. bytes], seed), problems);

                Assert.All(problems.Found, problem => Assert.InRange(problem.Line, 1, bytes.Count + 1));
                Assert.Equal(problems.Found.Select(problem => problem.Line).Order(), problems.Found.Select(problem => problem.Line));
                if (problems.Found.Count > 0)
                    Assert.Equal(Refusal.Invalid, Assert.Throws<RefusedException>(problems.ThrowIfAny).Refusal);
                Assert.All(read, trade => Assert.Equal(trade.TradeDate, Moment.DayOf(trade.At, India)));
            }
        );

    static Gen<Trade> Trades =>
        from symbol in Gen.Elements("INFY", "M&M", "BAJAJ-AUTO", "A, B", "L'OREAL", "3M (INDIA)")
        from isin in Gen.Elements("INE009A01021", "INF204KB14I2", null)
        from seconds in Gen.Choose(0, 1_500_000_000)
        from micros in Gen.Elements(0, 0, 500_000, 123_456, 1)
        from buy in Gen.Elements(true, false)
        from quantity in Gen.Choose(1, int.MaxValue)
        from price in Gen.Choose(0, int.MaxValue)
        from decimals in Gen.Choose(0, 6)
        from exchange in Gen.Elements("NSE", "BSE", "NSE_EQ")
        from id in Gen.Elements('1', 'A', '"', ',', '\'', '/', 'z', '~', '!').NonEmptyListOf()
        let at = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(seconds).AddMicroseconds(micros)
        select new Trade(
            0,
            symbol,
            isin,
            at,
            buy,
            quantity / Power(decimals),
            price / Power(decimals),
            exchange,
            new([.. id.Take(64)]),
            Moment.DayOf(at, India)
        );

    static decimal Power(int decimals) => (decimal)Math.Pow(10, decimals);

    /// <summary>The trades as one of the many files that say the same, and what is to be read from it.</summary>
    static (byte[] Bytes, List<Trade> Expected) Write(Trade[] trades, Random random)
    {
        var order = Columns.OrderBy(_ => random.Next()).ToArray();
        var trailing = random.Next(3) == 0 ? "," : "";
        var (text, line, expected) = (new StringBuilder(), 1, new List<Trade>());
        Add(string.Join(',', order.Select(name => Cell(Padded(random.Next(2) == 0 ? name : name.ToUpperInvariant())))));
        foreach (var trade in trades)
        {
            while (random.Next(5) == 0)
                Blank();
            var local = TimeZoneInfo.ConvertTimeFromUtc(trade.At, India);
            var isDate = random.Next(4) == 0;
            expected.Add(trade with { Line = line, At = isDate ? Moment.EndOf(trade.TradeDate, India) : trade.At });
            Add(
                string.Join(
                    ',',
                    order.Select(name =>
                        Cell(
                            name switch
                            {
                                "symbol" => Padded(random.Next(2) == 0 ? trade.Symbol : trade.Symbol.ToLowerInvariant()),
                                "isin" => Padded(trade.Isin ?? ""),
                                "trade_date" => trade.TradeDate.ToString(
                                    random.Next(2) == 0 ? "yyyy-MM-dd" : "dd-MM-yyyy",
                                    CultureInfo.InvariantCulture
                                ),
                                "exchange" => trade.Exchange.ToLowerInvariant(),
                                "segment" => random.Next(2) == 0 ? "EQ" : "",
                                "trade_type" => trade.IsBuy ? "Buy" : "SELL",
                                "quantity" => Invariant(trade.Quantity),
                                "price" => Invariant(trade.Price),
                                "trade_id" => trade.TradeId,
                                "order_execution_time" when isDate => random.Next(2) == 0 ? "" : $"{trade.TradeDate:yyyy-MM-dd}",
                                "order_execution_time" => random.Next(4) switch
                                {
                                    0 => $"{trade.At:yyyy-MM-ddTHH:mm:ss.ffffff}Z",
                                    1 => $"{local:yyyy-MM-dd HH:mm:ss.ffffff}",
                                    2 => $"{local:yyyy-MM-ddTHH:mm:ss.ffffff}+05:30",
                                    _ => $"{local:HH:mm:ss.ffffff}",
                                },
                                "order_id" => new[] { "1", "", "a\r\nb", "a\n\n\"b\"", "é,\r₹" }[random.Next(5)],
                                _ => "x",
                            }
                        )
                    )
                )
            );
        }

        Encoding encoding = random.Next(4) switch
        {
            0 => new UTF8Encoding(true),
            1 => Encoding.Unicode,
            2 => Encoding.BigEndianUnicode,
            _ => new UTF8Encoding(false),
        };
        if (random.Next(2) == 0)
            text.Length -= text[^1] == '\n' && text.Length > 1 && text[^2] == '\r' ? 2 : 1;
        return ([.. encoding.GetPreamble(), .. encoding.GetBytes(text.ToString())], expected);

        void Add(string row)
        {
            text.Append(row).Append(trailing).Append(new[] { "\n", "\r\n" }[random.Next(2)]);
            line += 1 + row.Replace("\r\n", "\n").Count(one => one is '\r' or '\n');
        }

        void Blank()
        {
            text.Append(new[] { "\n", "\r\n", " \n" }[random.Next(3)]);
            line++;
        }

        string Padded(string cell) => random.Next(4) == 0 ? $" {cell}  " : cell;

        string Cell(string cell) => cell.IndexOfAny(['"', ',', '\r', '\n']) >= 0 || random.Next(3) == 0 ? CsvText.Quoted(cell) : cell;
    }

    static string Invariant(decimal value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static DateTime Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime;

    static async Task<List<Trade>> Fine(string text)
    {
        var problems = new CsvProblems();
        var trades = await Read(CsvText.Utf8(text), problems);
        Assert.Empty(CsvText.Messages(problems));
        problems.ThrowIfAny();
        return trades;
    }

    static async Task<string[]> Wrong(string text)
    {
        var problems = new CsvProblems();
        await Read(CsvText.Utf8(text), problems);
        return CsvText.Messages(problems);
    }

    static async Task<List<Trade>> Read(Stream file, CsvProblems problems)
    {
        var trades = new List<Trade>();
        await foreach (var trade in Tradebook.ReadAsync(file, India, problems))
            trades.Add(trade);
        return trades;
    }
}
