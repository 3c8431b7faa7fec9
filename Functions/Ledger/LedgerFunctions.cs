using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Ledger;

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
    [EndpointDescription("Records an entry. If the entry is backdated, later positions are recalculated atomically.")]
    [Fails(
        409,
        "At some moment, more units would be sold than held, or the cash balance would be negative: the response says when and by how "
            + "much. Also returned for a second split at the same moment and for a different currency."
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
        return TypedResults.Created($"{HostJson.RoutePrefix}/ledger/entries/{added.Id}", LedgerEntry.From(added));
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
    )
    {
        var page = await entries.ListAsync(caller.UserId, EntryPageRequest.Parse(cursors, limit, cursor), symbol, cancellationToken);
        return TypedResults.Ok(Page<LedgerEntry>.From(page, LedgerEntry.From));
    }

    /// <param name="id">The id of the entry.</param>
    [Function("LedgerEntriesGet"), Tags("Ledger"), EndpointSummary("Get an entry")]
    [EndpointDescription("Returns one of your entries.")]
    [Fails(404, "There is no such entry.")]
    public async Task<Ok<LedgerEntry>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ledger/entries/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(LedgerEntry.From(await entries.ReadAsync(caller.UserId, id, cancellationToken)));

    /// <param name="id">The id of the entry.</param>
    [Function("LedgerEntriesRemove"), Tags("Ledger"), EndpointSummary("Delete an entry")]
    [EndpointDescription("Deletes an entry. Later positions are recalculated atomically.")]
    [
        Fails(404, "There is no such entry."),
        Fails(
            409,
            "Without it, more units would be sold than held, or the cash balance would be negative: the response says when and by how much."
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
    [Fails(429, "Too many of your exports are running.")]
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
        "Imports the equity tradebook of Zerodha Console (CSV, up to 256 MiB). Either all rows are imported or none. Trades that were "
            + "imported before are recognized by their ids."
    )]
    [Fails(409, "More units would be sold than held, or the cash balance would be negative: the response says when and by how much.")]
    [Fails(429, "Too many of your imports are running.")]
    public async Task<Ok<ImportResult>> Import(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "ledger/import")] HttpRequest request,
        Caller caller,
        CsvBody file,
        [AllowedValues("auto")] string? fund,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ImportResult.From(await imports.ImportAsync(caller.UserId, file.Content, fund, cancellationToken)));
}
