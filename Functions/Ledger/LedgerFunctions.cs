using System.ComponentModel.DataAnnotations;
using Core;
using Core.Ledger;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Ledger;

/// <param name="Type">A deposit, withdrawal, fee or dividend has an amount; a buy or sell a quantity, a price and maybe charges; a split a ratio.</param>
/// <param name="At">RFC 3339. Without an offset it is in the portfolio's time zone; a date alone is the end of that day there. It may be in the past: history after it follows.</param>
/// <param name="Symbol">The exchange's, in any case. A buy, sell or split needs it or an ISIN that is known; a dividend or fee may have it.</param>
/// <param name="Isin">ISO 6166.</param>
/// <param name="Quantity">Greater than 0, at most 10 decimals.</param>
/// <param name="Price">Of one unit: at least 0, at most 6 decimals.</param>
/// <param name="Amount">Greater than 0, at most 4 decimals.</param>
/// <param name="Charges">Of a buy or sell: at least 0, at most 4 decimals. They are part of the cost, or taken from the proceeds.</param>
/// <param name="Ratio">New units for one old, or for as many as per says. A bonus of 1 for 2 is 1.5, a consolidation of 3 into 1 is 1 per 3.</param>
/// <param name="Per">Old units that the ratio is for: 1 when left out.</param>
/// <param name="Currency">The portfolio's, ISO 4217. It may be left out.</param>
public sealed record NewLedgerEntry(
    EntryKind Type,
    [property: StringLength(NewEntry.MaxAtLength, MinimumLength = 1)] string At,
    [property: StringLength(Instrument.MaxSymbolLength, MinimumLength = 1)] string? Symbol = null,
    string? Isin = null,
    decimal? Quantity = null,
    decimal? Price = null,
    decimal? Amount = null,
    decimal? Charges = null,
    decimal? Ratio = null,
    decimal? Per = null,
    string? Currency = null,
    [property: StringLength(NewEntry.MaxNoteLength)] string? Note = null) : IExample<NewLedgerEntry>
{
    public static NewLedgerEntry Example => new(EntryKind.Buy, "2026-11-20T10:15:00+05:30", "INFY", "INE009A01021", 10, 1520.50m, Charges: 15.21m);

    public NewEntry Entry => new(Type, At, Symbol, Isin, Quantity, Price, Amount, Charges, Ratio, Per, Currency, Note);
}

[Authorize]
public sealed class LedgerFunctions(LedgerService ledger)
{
    const long MaxImport = 256 << 20;

    [Function("LedgerEntriesAdd"), Tags("Ledger"), EndpointSummary("Record an entry"), EndpointDescription("History after it follows at once, or nothing changes.")]
    [Fails(409, "More would be sold than is held, or more spent than there is, at some moment of the history that results: the answer says when and by how much. Or a second split at one moment, or another currency.")]
    public async Task<Created<LedgerEntry>> Add(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "ledger/entries")] HttpRequest request, Caller caller, [FromBody] NewLedgerEntry entry, IdempotencyKey key, CancellationToken cancel)
    {
        var added = await ledger.AddAsync(caller.UserId, entry.Entry, key.Value, cancel);
        return TypedResults.Created($"{HostJson.RoutePrefix}/ledger/entries/{added.Id}", added);
    }

    [Function("LedgerEntriesList"), Tags("Ledger"), EndpointSummary("My entries"), EndpointDescription("By when they count, the latest first. With symbol, which may be an ISIN, those of one instrument.")]
    public async Task<Ok<Page<LedgerEntry>>> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries")] HttpRequest request, Caller caller, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, string? symbol, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ReadEntriesAsync(caller.UserId, PlacePageRequest.Parse(limit, cursor), symbol, cancel));

    [Function("LedgerEntriesGet"), Tags("Ledger"), EndpointSummary("An entry")]
    [Fails(404, "There is no such entry.")]
    public async Task<Ok<LedgerEntry>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries/{id:guid}")] HttpRequest request, Caller caller, Guid id, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ReadEntryAsync(caller.UserId, id, cancel));

    [Function("LedgerEntriesRemove"), Tags("Ledger"), EndpointSummary("Remove an entry"), EndpointDescription("History after it follows at once, or nothing changes.")]
    [Fails(404, "There is no such entry."), Fails(409, "Without it more would have been sold than was held, or more spent than there was: the answer says when and by how much.")]
    public async Task<NoContent> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "ledger/entries/{id:guid}")] HttpRequest request, Caller caller, Guid id, CancellationToken cancel)
    {
        await ledger.RemoveAsync(caller.UserId, id, cancel);
        return TypedResults.NoContent();
    }

    [Function("LedgerEntriesCsv"), Tags("Ledger"), EndpointSummary("My entries as a file"), EndpointDescription("All of them, the first one first."), Produces(CsvBody.MediaType, Type = typeof(string))]
    public IResult EntriesCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries.csv")] HttpRequest request, Caller caller, CancellationToken cancel) =>
        TypedResults.Stream(body => StatementFile.WriteAsync(ledger.StreamEntriesAsync(caller.UserId, cancel), body, cancel), StatementFile.ContentType, "entries.csv");

    [Function("LedgerImport"), RequestSizeLimit(MaxImport), Tags("Ledger"), EndpointSummary("Import a broker's tradebook")]
    [EndpointDescription("Zerodha Console's, for equities, up to 256 MiB: all of it or nothing. Trades that were imported before, also from another file, are recognised by their ids. With fund=auto deposits are made for what the purchases need.")]
    [Fails(409, "More would be sold than is held, or more spent than there is: the answer says when and by how much.")]
    public async Task<Ok<ImportResult>> Import([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "ledger/import")] HttpRequest request, Caller caller, CsvBody file, string? fund, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ImportAsync(caller.UserId, file.Content, fund, cancel));
}
