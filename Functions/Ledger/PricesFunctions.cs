using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Core.Ledger;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Ledger;

/// <param name="Symbol">The exchange's, in any case.</param>
/// <param name="Date">The day that the exchange closed with it.</param>
/// <param name="Close">Of one unit as there were on that day, in the currency of the portfolios that hold it: greater than 0, at most 6 decimals.</param>
public sealed record Price([property: StringLength(Instrument.MaxSymbolLength, MinimumLength = 1)] string Symbol, DateOnly Date, decimal Close) : IExample<Price>
{
    public static Price Example => new("INFY", new(2026, 11, 20), 1531.20m);
}

[Authorize(Roles = Roles.Admin)]
public sealed class PricesFunctions(LedgerService ledger)
{
    const long MaxImport = 256 << 20;

    [Function("PricesPut"), Tags("Ledger"), EndpointSummary("Set closing prices"), EndpointDescription("For administrators. Portfolios follow, also for moments in the past.")]
    public async Task<Ok<PricesResult>> Put([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "prices")] HttpRequest request, [FromBody] Price[] prices, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.WritePricesAsync([.. prices.Select(Given)], cancel));

    [Function("PricesImport"), RequestSizeLimit(MaxImport), Tags("Ledger"), EndpointSummary("Import closing prices")]
    [EndpointDescription("For administrators. A file with the columns symbol, date and close, or one of NSE's bhavcopies, of which shares are read; up to 256 MiB, all of it or nothing.")]
    public async Task<Ok<PricesResult>> Import([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "prices/import")] HttpRequest request, CsvBody file, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ImportPricesAsync(file.Content, cancel));

    static ClosingPrice Given(Price? price, int i) => price is null ? throw RefusedException.Invalid($"[{i}]", "Must be a price.") : new(price.Symbol, price.Date, price.Close);
}
