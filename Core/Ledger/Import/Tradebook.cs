using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace FunctionsApp.Core.Ledger;

/// <summary>Reads a tradebook as Zerodha's Console exports it: a CSV file with a row for each trade in equities.</summary>
public static partial class Tradebook
{
    const int Symbol = 0,
        Isin = 1,
        TradeDate = 2,
        Exchange = 3,
        Segment = 4,
        TradeType = 6,
        Quantity = 8,
        Price = 9,
        TradeId = 10,
        ExecutionTime = 12;

    static readonly string[] columns =
    [
        "symbol",
        "isin",
        "trade_date",
        "exchange",
        "segment",
        "series",
        "trade_type",
        "auction",
        "quantity",
        "price",
        "trade_id",
        "order_id",
        "order_execution_time",
    ];

    // Without the exchange, a trade would not be recognized in a file that has it.
    static readonly string[] required = ["symbol", "trade_date", "exchange", "trade_type", "quantity", "price", "trade_id"];

    /// <summary>The trades without problems in the file's order: if there are problems, the caller keeps none of them.</summary>
    /// <param name="file">Read once from its current position, in constant memory, and left open.</param>
    /// <param name="zone">The time zone of days and of times without an offset: that of the exchange.</param>
    /// <param name="problems">Receives the problems of the file.</param>
    public static async IAsyncEnumerable<Trade> ReadAsync(
        Stream file,
        TimeZoneInfo zone,
        CsvProblems problems,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        using var csv = new CsvFile(file, problems);
        if (!await csv.ReadHeaderAsync(cancellationToken) || csv.Find(columns, required, exact: true) is not { } at)
            yield break;
        while (await csv.ReadAsync(cancellationToken))
        {
            if (Row(csv, at, zone) is { } trade)
                yield return trade;
        }
    }

    static Trade? Row(CsvFile csv, int[] at, TimeZoneInfo zone)
    {
        var isEquity = IsEquity(csv, at[Segment]);
        var hasType = TryType(csv, at[TradeType], out var isBuy);
        var symbol = csv.Name(at[Symbol], Instrument.Symbol, Instrument.SymbolRule);
        var hasIsin = TryIsin(csv, at[Isin], out var isin);
        var exchange = csv.Name(at[Exchange], ExchangeOf, "Must be 1 to 16 letters, digits, hyphens and underscores.");
        var quantity = csv.Number(at[Quantity], Amounts.QuantityProblem);
        var price = csv.Number(at[Price], Amounts.PriceProblem);
        var id = Id(csv, at[TradeId]);
        var time = Time(csv, at, zone, out var date);

        if (!isEquity || !hasType || symbol is null || !hasIsin || exchange is null || id is null)
            return null;
        return quantity is { } units && price is { } each && time is { } utc
            ? new(csv.Line, symbol, isin, utc, isBuy, units, each, exchange, id, date)
            : null;
    }

    static bool IsEquity(CsvFile csv, int column)
    {
        if (column < 0 || csv.Cell(column).IsEmpty || csv.Is(column, "eq"u8))
            return true;
        csv.Refuse(column, "Must be EQ: only equities are read.");
        return false;
    }

    static bool TryType(CsvFile csv, int column, out bool isBuy)
    {
        isBuy = csv.Is(column, "buy"u8);
        if (isBuy || csv.Is(column, "sell"u8))
            return true;
        csv.Refuse(column, "Must be buy or sell.");
        return false;
    }

    /// <param name="isin">Null if the file has none for the row.</param>
    static bool TryIsin(CsvFile csv, int column, out string? isin)
    {
        var isEmpty = csv.Cell(column).IsEmpty;
        isin = isEmpty ? null : csv.Name(column, Instrument.Isin, Instrument.IsinRule);
        return isEmpty || isin is not null;
    }

    static string? ExchangeOf(string written) => Exchanges().IsMatch(written) ? written.ToUpperInvariant() : null;

    static string? Id(CsvFile csv, int column)
    {
        var id = csv.Text(column);
        if (id.Length is < 1 or > 64 || id.ContainsAnyExceptInRange('!', '~'))
            csv.Refuse(column, "Must be 1 to 64 visible ASCII characters.");
        // 4000000012345678 became 4.00000E+15, and so did those beside it.
        else if (id.Contains('+') && Rounded().IsMatch(id))
            csv.Refuse(column, "Was rounded by a spreadsheet: use the broker's original file.");
        else
            return id.ToString();
        return null;
    }

    /// <summary>The moment of the trade: its execution if given, or else the end of its day.</summary>
    static DateTime? Time(CsvFile csv, int[] at, TimeZoneInfo zone, out DateOnly date)
    {
        if (!CsvFile.TryParseDate(csv.Text(at[TradeDate]), out date))
        {
            csv.Refuse(at[TradeDate], "Must be a date such as 2021-01-04 or 04-01-2021, between the years 1900 and 9998.");
            return null;
        }

        var text = csv.Text(at[ExecutionTime]);
        if (text.IsEmpty)
            return Moment.EndOf(date, zone);

        DateTime utc;
        if (CsvFile.TryParseDate(text, out var day))
            utc = Moment.EndOf(day, zone);
        else if (Moment.TryParse(text is [_, _, ':', ..] ? $"{date:yyyy-MM-dd}T{text}" : text, zone, out utc, out _))
            day = Moment.DayOf(utc, zone);
        else
        {
            csv.Refuse(at[ExecutionTime], "Must be a time such as 2021-01-04T09:15:32 or 09:15:32 that exists in the time zone, or empty.");
            return null;
        }

        if (day == date)
            return utc;
        csv.Refuse(at[ExecutionTime], "Must be on the trade_date.");
        return null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,16}\z")]
    private static partial Regex Exchanges();

    [GeneratedRegex(@"^[0-9](\.[0-9]+)?E\+[0-9]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex Rounded();
}
