using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Reads closing prices from a CSV file, whose format is determined by its header: <c>symbol,date,close</c>, or one of the National Stock
/// Exchange's daily files, the bhavcopy of before July 2024, <c>sec_bhavdata_full</c> and the UDiFF bhavcopy. Shares and units of
/// trusts are read; other securities, block deals and series that are not a market of their own are skipped.
/// </summary>
public static class ClosingPrices
{
    const int Symbol = 0,
        Date = 1,
        Close = 2,
        Series = 3,
        Kind = 4;

    /// <summary>
    /// The series that are read, preferred ones first: shares, those settled trade for trade, those of companies that break the listing
    /// rules; the same three of small companies; units of REITs and of InvITs.
    /// </summary>
    static readonly string[] series = ["EQ", "BE", "BZ", "SM", "ST", "SZ", "RR", "IV"];

    static readonly Format plain = new(["symbol", "date", "close"], null);

    static readonly Format[] bhavcopies =
    [
        new(["TckrSymb", "TradDt", "ClsPric", "SctySrs", "FinInstrmTp"], "yyyy-MM-dd"),
        new(["SYMBOL", "DATE1", "CLOSE_PRICE", "SERIES"], "dd-MMM-yyyy"),
        new(["SYMBOL", "TIMESTAMP", "CLOSE", "SERIES"], "dd-MMM-yyyy"),
    ];

    /// <summary>
    /// The prices without problems in the file's order: if there are problems, the caller keeps none of them. If consecutive rows are of
    /// one symbol and day, as the exchange sorts them, the series EQ is preferred to BE, and BE to BZ; if such rows are apart, each is
    /// returned, and the last one counts.
    /// </summary>
    /// <param name="file">Read once from its current position, in constant memory, and left open.</param>
    /// <param name="problems">Receives the problems of the file and the number of skipped rows.</param>
    public static async IAsyncEnumerable<ClosingPrice> ReadAsync(
        Stream file,
        CsvProblems problems,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        using var csv = new CsvFile(file, problems);
        if (!await csv.ReadHeaderAsync(cancellationToken))
            yield break;
        var format = Array.Find(bhavcopies, one => csv.Has(one.Required)) ?? plain;
        if (Columns(csv, format, problems) is not { } at)
            yield break;

        var series = new SeriesChoice(problems, isBhavcopy: format != plain);
        while (await csv.ReadAsync(cancellationToken))
        {
            var rank = format == plain ? 0 : Rank(csv, at);
            if (rank < 0)
                problems.Skipped++;
            else if (Row(csv, at, format) is { } price && series.Add(price, rank) is { } chosen)
                yield return chosen;
        }

        if (series.Last is { } last)
            yield return last;
    }

    /// <summary>The indexes of the format's columns. Null if the header is invalid, and the problems are reported.</summary>
    static int[]? Columns(CsvFile csv, Format format, CsvProblems problems)
    {
        if (format != plain || csv.Has("symbol") || csv.Has("date") || csv.Has("close"))
            return csv.Find(format.Columns, format.Required, exact: format == plain);
        problems.Add(csv.Line, null, "The columns must be symbol, date and close, or those of a bhavcopy.");
        return null;
    }

    static ClosingPrice? Row(CsvFile csv, int[] at, Format format)
    {
        var symbol = csv.Name(at[Symbol], Instrument.Symbol, Instrument.SymbolRule);
        var text = csv.Text(at[Date]);
        var hasDate = format.DateFormat is null
            ? CsvFile.TryParseDate(text, out var date)
            : CsvFile.TryParseDate(text, format.DateFormat, out date);
        if (!hasDate)
            csv.Refuse(at[Date], $"Must be a date such as {format.DateExample}, between the years 1900 and 9998.");
        var close = csv.Number(at[Close], value => value == 0 ? "Must be greater than 0." : Amounts.PriceProblem(value));

        return symbol is not null && hasDate && close is { } price ? new(symbol, date, price) : null;
    }

    /// <summary>The rank of the row's series among those that are read; -1 if it is not read.</summary>
    static int Rank(CsvFile csv, int[] at)
    {
        if (at.Length > Kind && at[Kind] >= 0 && !csv.Is(at[Kind], "stk"u8))
            return -1;
        var text = csv.Text(at[Series]);
        for (var i = 0; i < series.Length; i++)
        {
            if (text.Equals(series[i], StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    /// <summary>Chooses among consecutive rows of one symbol and day. In a plain file all are kept.</summary>
    sealed class SeriesChoice(CsvProblems problems, bool isBhavcopy)
    {
        int lastRank;

        /// <summary>The price that is chosen until a row of another symbol or day follows; null before the first row.</summary>
        public ClosingPrice? Last { get; private set; }

        /// <summary>Adds the price of the next row.</summary>
        /// <returns>The chosen price of the rows before, if this row is of another symbol or day.</returns>
        public ClosingPrice? Add(ClosingPrice price, int rank)
        {
            var chosen = Last;
            if (isBhavcopy && chosen is not null && (chosen.Symbol, chosen.Date) == (price.Symbol, price.Date))
            {
                problems.Skipped++;
                if (rank > lastRank)
                    return null;
                chosen = null;
            }

            (Last, lastRank) = (price, rank);
            return chosen;
        }
    }

    /// <param name="Columns">Of the symbol, the date, the price, the series and the kind of instrument; the last of these may be missing in
    /// a file.</param>
    /// <param name="DateFormat">Null: any of those of <see cref="CsvFile.TryParseDate(ReadOnlySpan{char}, out DateOnly)"/>.</param>
    sealed record Format(string[] Columns, string? DateFormat)
    {
        public string[] Required { get; } = Columns[..Math.Min(Columns.Length, Kind)];

        public string DateExample =>
            DateFormat switch
            {
                null => "2021-01-04 or 04-01-2021",
                "yyyy-MM-dd" => "2021-01-04",
                _ => "04-Jan-2021",
            };
    }
}
