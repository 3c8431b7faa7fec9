using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Ledger;

/// <summary>An entry to record.</summary>
/// <param name="Type">What to record. A deposit, withdrawal, dividend or fee needs `amount`; a buy or sell needs `quantity` and `price`; a
/// split needs `ratio`.</param>
/// <param name="At">When it happened (RFC 3339). Without an offset, the time is in the time zone of the portfolio. A date alone means the
/// end of that day. Entries can be backdated.</param>
/// <param name="Symbol">The exchange symbol, in any case. Required for a buy, sell or split unless a known `isin` is given; optional for a
/// dividend or fee.</param>
/// <param name="Isin">The ISIN (ISO 6166).</param>
/// <param name="Quantity">The number of units: greater than 0, at most 10 decimals.</param>
/// <param name="Price">The price of one unit: at least 0, at most 6 decimals.</param>
/// <param name="Amount">The amount: greater than 0, at most 4 decimals.</param>
/// <param name="Charges">The charges of a buy or sell: at least 0, at most 4 decimals. They increase the cost or reduce the
/// proceeds.</param>
/// <param name="Ratio">The number of new units for `per` old units. For example, a bonus of 1 for 2 is 1.5.</param>
/// <param name="Per">The number of old units that `ratio` refers to. The default is 1.</param>
/// <param name="Currency">The currency of the portfolio (ISO 4217). It can be left out.</param>
/// <param name="Note">A note of up to 500 characters.</param>
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
    [property: StringLength(NewEntry.MaxNoteLength)] string? Note = null
) : IExample<NewLedgerEntry>
{
    public static NewLedgerEntry Example => new(EntryKind.Deposit, "2024-01-10T10:15:00+05:30", Amount: 50000m, Note: "First deposit");

    /// <summary>The entry for the core. A method, since a property would be part of the JSON contract.</summary>
    public NewEntry ToEntry() => new(Type, At, Symbol, Isin, Quantity, Price, Amount, Charges, Ratio, Per, Currency, Note);
}

[Authorize]
public sealed class LedgerFunctions(EntryService entries, ImportService imports, Cursors cursors)
{
    const long MaxImport = 256 << 20;
    const string TradebookExample = """
        symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
        INFY,INE009A01021,2024-01-15,NSE,EQ,EQ,buy,false,10,1520.50,50001,1300000000000001,2024-01-15T09:15:32
        INFY,INE009A01021,2024-03-20,NSE,EQ,EQ,sell,false,4,1598.00,50002,1300000000000002,2024-03-20T10:02:11

        """;

    [Function("LedgerEntriesAdd"), Tags("Ledger"), EndpointSummary("Record an entry")]
    [EndpointDescription("Records an entry. A backdated entry changes the history after it.")]
    [Fails(
        409,
        "More would be sold than is held, or more spent than there is, at some moment of the history that results: the answer says "
            + "when and by how much. Or a second split at one moment, or another currency."
    )]
    public async Task<Created<LedgerEntry>> Add(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "ledger/entries")] HttpRequest request,
        Caller caller,
        [FromBody] NewLedgerEntry entry,
        IdempotencyKey key,
        CancellationToken cancellationToken
    )
    {
        var added = await entries.AddAsync(caller.UserId, entry.ToEntry(), key.Value, cancellationToken);
        return TypedResults.Created($"{HostJson.RoutePrefix}/ledger/entries/{added.Id}", added);
    }

    /// <param name="symbol">Only entries of this instrument: an exchange symbol or an ISIN.</param>
    [Function("LedgerEntriesList"), Tags("Ledger"), EndpointSummary("List entries")]
    [EndpointDescription("Returns your entries, latest first.")]
    public async Task<Ok<Page<LedgerEntry>>> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries")] HttpRequest request,
        Caller caller,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        string? symbol,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await entries.ListAsync(caller.UserId, EntryPageRequest.Parse(cursors, limit, cursor), symbol, cancellationToken));

    /// <param name="id">The id of the entry.</param>
    [Function("LedgerEntriesGet"), Tags("Ledger"), EndpointSummary("Get an entry")]
    [EndpointDescription("Returns one of your entries.")]
    [Fails(404, "There is no such entry.")]
    public async Task<Ok<LedgerEntry>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await entries.ReadAsync(caller.UserId, id, cancellationToken));

    /// <param name="id">The id of the entry.</param>
    [Function("LedgerEntriesRemove"), Tags("Ledger"), EndpointSummary("Delete an entry")]
    [EndpointDescription("Deletes an entry. The history after it changes.")]
    [
        Fails(404, "There is no such entry."),
        Fails(
            409,
            "Without it more would have been sold than was held, or more spent than there was: the answer says when and by how much."
        )
    ]
    public async Task<NoContent> Remove(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "ledger/entries/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        CancellationToken cancellationToken
    )
    {
        await entries.RemoveAsync(caller.UserId, id, cancellationToken);
        return TypedResults.NoContent();
    }

    [Function("LedgerEntriesCsv"), Tags("Ledger"), EndpointSummary("Export entries"), Produces(CsvBody.MediaType, Type = typeof(string))]
    [EndpointDescription("Returns all of your entries as a CSV file, oldest first.")]
    [Fails(429, "Too many of your exports run at once.")]
    public async Task<IResult> EntriesCsv(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries.csv")] HttpRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var export = await entries.ExportAsync(caller.UserId, cancellationToken);
        request.HttpContext.Response.RegisterForDispose(export);
        return TypedResults.Stream(
            body => StatementFile.WriteAsync(export.ReadAsync(cancellationToken), body, cancellationToken),
            StatementFile.ContentType,
            "entries.csv"
        );
    }

    /// <param name="fund" example="auto">`auto` adds the deposits that the purchases need.</param>
    [
        Function("LedgerImport"),
        BodyExample(TradebookExample),
        RequestSizeLimit(MaxImport),
        Tags("Ledger"),
        EndpointSummary("Import a tradebook")
    ]
    [EndpointDescription(
        "Imports the equity tradebook of Zerodha Console (CSV, up to 256 MiB), all of it or nothing. Trades that were imported before "
            + "are recognized by their ids."
    )]
    [Fails(409, "More would be sold than is held, or more spent than there is: the answer says when and by how much.")]
    [Fails(429, "Too many of your imports run at once.")]
    public async Task<Ok<ImportResult>> Import(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "ledger/import")] HttpRequest request,
        Caller caller,
        CsvBody file,
        [AllowedValues("auto")] string? fund,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await imports.ImportAsync(caller.UserId, file.Content, fund, cancellationToken));
}
