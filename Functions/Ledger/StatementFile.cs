using CsvHelper;
using FunctionsApp.Core;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Ledger;

/// <summary>A statement of all entries as a CSV file (RFC 4180, UTF-8).</summary>
static class StatementFile
{
    public const string ContentType = $"{CsvBody.MediaType}; charset=utf-8";

    static readonly string[] columns =
    [
        "at",
        "type",
        "symbol",
        "isin",
        "quantity",
        "price",
        "amount",
        "charges",
        "ratio",
        "per",
        "cash",
        "note",
        "id",
    ];

    public static async Task WriteAsync(IAsyncEnumerable<Core.Ledger.LedgerEntry> entries, Stream file, CancellationToken cancellationToken)
    {
        // Notes that a spreadsheet would run as formulas are written so that it shows them.
        await using var csv = CsvWriter.Create(
            file,
            new CsvWriterOptions { NewLine = "\r\n", Injection = CsvInjection.Escape },
            leaveOpen: true
        );
        await csv.WriteRecordAsync(columns, cancellationToken);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            csv.WriteField(entry.At, Moment.Format);
            csv.WriteField(Json.Name(EntryKinds.From(entry.Type).ToString()));
            csv.WriteField(entry.Symbol);
            csv.WriteField(entry.Isin);
            csv.WriteField(entry.Quantity, default);
            csv.WriteField(entry.Price, default);
            csv.WriteField(entry.Amount, default);
            csv.WriteField(entry.Charges, default);
            csv.WriteField(entry.Ratio, default);
            csv.WriteField(entry.Per, default);
            csv.WriteField(entry.Cash, default);
            csv.WriteField(entry.Note);
            csv.WriteField(entry.Id, default);
            await csv.EndRecordAsync(cancellationToken);
        }

        await csv.FlushAsync(cancellationToken);
    }
}
