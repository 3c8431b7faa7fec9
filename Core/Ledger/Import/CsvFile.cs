using System.Globalization;
using System.Text;
using System.Text.Unicode;
using CsvHelper;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Reads a CSV file (RFC 4180: commas, quotes where needed, any line ends; UTF-8, or UTF-16 with a byte order mark) row by row in constant
/// memory, and reports problems of its form. Callers check the cells.
/// </summary>
sealed class CsvFile : IDisposable
{
    static readonly System.Buffers.SearchValues<char> DigitsAndPoint = System.Buffers.SearchValues.Create("0123456789.");

    /// <summary>The maximum size of a row, in bytes of UTF-8.</summary>
    public const int MaxRowSize = 64 * 1024;

    const int MaxNameLength = 64;
    const string TooLong = "The row is longer than 64 KiB. Is there a quote that is not closed?";

    readonly CsvReader reader;
    readonly CsvProblems problems;
    readonly char[] text = new char[128];

    /// <summary>The last name in each column: names often repeat.</summary>
    (byte[] Cell, string? Name)[] names = [];

    CsvMalformedRecord? malformed;
    bool ended;

    /// <summary>The number of columns before those at the end that have no name.</summary>
    int named;

    /// <summary>Whether cells of columns without a name must be empty.</summary>
    bool strict;

    /// <param name="file">Stays open.</param>
    public CsvFile(Stream file, CsvProblems problems)
    {
        this.problems = problems;
        reader = CsvReader.Create(
            file,
            new CsvReaderOptions
            {
                Separator = ',',
                HasHeader = false,
                TrackLineNumbers = true,
                MaxRecordSize = MaxRowSize,
                OnMalformedRecord = record => malformed ??= record,
            },
            leaveOpen: true
        );
    }

    /// <summary>The names in the header, without spaces around them.</summary>
    public string[] Columns { get; private set; } = [];

    /// <summary>The line where the row begins.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Reads the header. False if there is none, and the problem is reported.</summary>
    public async ValueTask<bool> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (!await NextAsync(cancellationToken))
        {
            if (problems.Found.Count == 0)
                problems.Add(1, null, "The file is empty: its first line must name the columns.");
            return false;
        }

        if (Refuses())
            return false;
        Columns = new string[reader.FieldCount];
        names = new (byte[], string?)[Columns.Length];
        for (var i = 0; i < Columns.Length; i++)
            Columns[i] = reader.GetString(i).Trim();
        named = Array.FindLastIndex(Columns, name => name.Length > 0) + 1;
        if (Columns.Length > 1 || Columns[0].AsSpan().IndexOfAny(";\t|") is var at && at < 0)
            return true;

        var separator = Columns[0][at];
        problems.Add(
            Line,
            null,
            $"The columns are separated by {(separator == '\t' ? "tabs" : separator)}: they must be separated by commas."
        );
        return false;
    }

    /// <summary>
    /// The indexes of the columns, whose case does not matter; -1 if a column is missing. Null if the header is invalid, and the problems
    /// are reported.
    /// </summary>
    /// <param name="exact">Whether other columns are refused.</param>
    public int[]? Find(ReadOnlySpan<string> names, ReadOnlySpan<string> required, bool exact)
    {
        var right = true;
        var indexes = new int[names.Length];
        Array.Fill(indexes, -1);
        for (var i = 0; i < named; i++)
        {
            var column = IndexOf(names, Columns[i]);
            if (column >= 0 && indexes[column] < 0)
                indexes[column] = i;
            else if (column >= 0)
                Wrong(names[column], "The column is there twice.");
            else if (exact && Columns[i].Length == 0)
                Wrong(null, $"Column {i + 1} has no name.");
            else if (exact)
                Wrong(Shown(Columns[i]), $"The column is not known. Known are {string.Join(", ", names)}.");
        }

        foreach (var name in required)
        {
            if (indexes[IndexOf(names, name)] < 0)
                Wrong(name, "The column is missing.");
        }

        strict = exact;
        return right ? indexes : null;

        void Wrong(string? column, string message)
        {
            right = false;
            problems.Add(Line, column, message);
        }
    }

    /// <summary>Whether the header has all of the columns.</summary>
    public bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (IndexOf(Columns, name) < 0)
                return false;
        }

        return true;
    }

    /// <summary>Reads the next well-formed row. False if there is none, or there are too many problems.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken))
        {
            if (!Refuses() && HasAllCells())
                return true;
        }

        return false;
    }

    /// <summary>The cell in UTF-8, without spaces around it; of column -1 it is empty. Valid until the next row is read.</summary>
    public ReadOnlySpan<byte> Cell(int column) => column < 0 ? default : reader.GetSpan(column).Trim(" \t"u8);

    /// <summary>The cell, without spaces around it. Valid until the next call.</summary>
    public ReadOnlySpan<char> Text(int column)
    {
        var cell = Cell(column);
        return cell.Length > text.Length ? Encoding.UTF8.GetString(cell) : text.AsSpan(0, Encoding.UTF8.GetChars(cell, text));
    }

    /// <summary>
    /// The cell as <paramref name="normalize"/> writes it, which is the same for all rows of a column; null where that is null, and for
    /// text of several lines. The problem is reported.
    /// </summary>
    public string? Name(int column, Func<string, string?> normalize, string rule)
    {
        var cell = Cell(column);
        ref var last = ref names[column];
        if (last.Name is not null && cell.SequenceEqual(last.Cell))
            return last.Name;

        var name = cell.IndexOfAny((byte)'\r', (byte)'\n') >= 0 ? null : normalize(Encoding.UTF8.GetString(cell));
        if (name is null)
            Refuse(column, rule);
        else
            last = (cell.ToArray(), name);
        return name;
    }

    /// <summary>
    /// The cell as an exact number; null if it is not valid or <paramref name="check"/> finds a problem, which is reported.
    /// </summary>
    public decimal? Number(int column, Func<decimal, string?> check)
    {
        var problem = NumberProblem(Text(column), out var value) ?? check(value);
        if (problem is null)
            return value;
        Refuse(column, problem);
        return null;
    }

    /// <summary>Whether the cell is the word, in any case; <paramref name="word"/> is in lower case.</summary>
    public bool Is(int column, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(Cell(column), word);

    /// <summary>Reports a problem of a cell.</summary>
    public void Refuse(int column, string problem) => problems.Add(Line, Shown(Columns[column]), problem);

    /// <summary>Reads <c>2021-01-04</c> and <c>04-01-2021</c>.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, out DateOnly date) =>
        text is [_, _, '-', _, _, '-', _, _, _, _]
            ? Moment.TryDate(text[6..], text[3..5], text[..2], out date)
            : Moment.TryParseDate(text, out date);

    /// <summary>Reads a date of the years that moments may have.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, string format, out DateOnly date) =>
        DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out date) && Moment.Has(date);

    public void Dispose() => reader.Dispose();

    /// <summary>Reads the next row that is not blank.</summary>
    async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (!ended && !problems.HasMore)
        {
            malformed = null;
            try
            {
                ended = !await reader.ReadAsync(cancellationToken);
            }
            catch (CsvFormatException tooLong)
            {
                Line = (int)Math.Clamp(tooLong.LineNumber, 1, int.MaxValue);
                problems.Add(Line, null, TooLong);
                ended = true;
            }

            if (ended)
                return false;
            Line = (int)Math.Min(reader.LineNumber, int.MaxValue);
            if (reader.RawRecord.IndexOfAnyExcept((byte)' ', (byte)'\t') >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Reports problems of the text of the row. After some of them the rest of the file cannot be read.</summary>
    bool Refuses()
    {
        var row = reader.RawRecord;
        if (row.Length > MaxRowSize)
        {
            problems.Add(Line, null, TooLong);
            return ended = true;
        }

        if (row.Contains((byte)0))
        {
            problems.Add(Line, null, "The file is not text. A spreadsheet has to be saved as CSV in UTF-8.");
            return ended = true;
        }

        if (malformed is { } wrong)
        {
            problems.Add(
                Line,
                NameAt(wrong.ByteOffset),
                wrong.Reason switch
                {
                    CsvMalformedReason.UnterminatedQuote => "A quote is opened and not closed.",
                    CsvMalformedReason.TextAfterClosingQuote =>
                        "There is text after the closing quote. Quotes within a quoted cell are written twice.",
                    _ => "There is a quote within a cell that is not quoted. Such a cell has to be quoted, and the quotes in it written "
                        + "twice.",
                }
            );
            return true;
        }

        if (Utf8.IsValid(row))
            return false;
        var column = 0;
        while (column < reader.FieldCount - 1 && Utf8.IsValid(reader.GetSpan(column)))
            column++;
        problems.Add(Line, NameOf(column), "Must be in UTF-8.");
        return true;
    }

    bool HasAllCells()
    {
        if (reader.FieldCount != Columns.Length)
        {
            problems.Add(Line, null, $"The row has {reader.FieldCount} cells, the header {Columns.Length}.");
            return false;
        }

        for (var i = named; strict && i < Columns.Length; i++)
        {
            if (Cell(i).IsEmpty)
                continue;
            problems.Add(Line, null, $"Cell {i + 1} must be empty: its column has no name.");
            return false;
        }

        return true;
    }

    /// <summary>The name of the column in which a byte of the file is, when all quotes before it are right.</summary>
    string? NameAt(long offset)
    {
        var (column, quoted) = (0, false);
        foreach (var one in reader.RawRecord[..(int)Math.Clamp(offset - reader.ByteOffset, 0, reader.RawRecord.Length)])
        {
            if (one == '"')
                quoted = !quoted;
            else if (one == ',' && !quoted)
                column++;
        }

        return NameOf(column);
    }

    string? NameOf(int column) => column < named ? Shown(Columns[column]) : null;

    static string Shown(string name) => name.Length > MaxNameLength ? string.Concat(name.AsSpan(0, MaxNameLength), "…") : name;

    static int IndexOf(ReadOnlySpan<string> names, string name)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    /// <summary>Checked by hand because parsing a decimal drops digits that do not fit.</summary>
    static string? NumberProblem(ReadOnlySpan<char> text, out decimal value)
    {
        value = 0;
        if (text.IsEmpty)
            return "Must not be empty.";
        var digits = text[0] == '-' ? text[1..] : text;
        if (digits.ContainsAnyExcept(DigitsAndPoint) || digits.Count('.') > 1 || !digits.ContainsAnyInRange('0', '9'))
        {
            return text.Contains(',') ? "Must be without thousands separators and with a point before its decimals, as in 1000.50."
                : HasExponent(text) ? "Must be without an exponent, as in 1000.50."
                : "Must be a number of digits alone, with a point before its decimals, as in 1000.50.";
        }

        digits = digits.TrimStart('0');
        if (digits.Contains('.'))
            digits = digits.TrimEnd('0').TrimEnd('.');
        if (digits.Length - digits.Count('.') > 28)
            return "Must have at most 28 digits.";
        if (!digits.IsEmpty)
            value = decimal.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (text[0] == '-')
            value = -value;
        return null;
    }

    /// <summary>
    /// Whether the text is a number with an exponent, such as <c>1.5E+3</c>. By hand, in one pass: the cell may have 64
    /// KiB.
    /// </summary>
    internal static bool HasExponent(ReadOnlySpan<char> text)
    {
        var e = text.IndexOfAny('e', 'E');
        if (e < 0)
            return false;
        var number = WithoutSign(text[..e]);
        var exponent = WithoutSign(text[(e + 1)..]);
        return !number.ContainsAnyExcept(DigitsAndPoint)
            && number.Count('.') <= 1
            && !exponent.IsEmpty
            && !exponent.ContainsAnyExceptInRange('0', '9');

        static ReadOnlySpan<char> WithoutSign(ReadOnlySpan<char> text) => text is ['-' or '+', ..] ? text[1..] : text;
    }
}
