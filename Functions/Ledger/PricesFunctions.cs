using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Ledger;

[Authorize(Roles = Roles.Admin)]
public sealed class PricesFunctions(PriceService service)
{
    const long MaxImport = 256 << 20;

    [Function("PricesPut"), Tags("Ledger"), EndpointSummary("Set closing prices")]
    [EndpointDescription("Writes closing prices, which all portfolios use. For administrators.")]
    public async Task<Ok<PricesResult>> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "prices")] HttpRequest request,
        [FromBody] Price[] prices,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(PricesResult.From(await service.WriteAsync([.. prices.Select(Given)], cancellationToken)));

    [
        Function("PricesImport"),
        BodyExample("symbol,date,close\nINFY,2024-06-28,1566.75\n"),
        RequestSizeLimit(MaxImport),
        Tags("Ledger"),
        EndpointSummary("Import closing prices")
    ]
    [EndpointDescription(
        "Imports a CSV file with the columns `symbol`, `date` and `close`, or an NSE bhavcopy (up to 256 MiB). Either all rows are "
            + "imported or none. For administrators."
    )]
    [Fails(429, "Too many of your imports are running.")]
    public async Task<Ok<PricesResult>> Import(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "prices/import")] HttpRequest request,
        Caller caller,
        CsvBody file,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(PricesResult.From(await service.ImportAsync(caller.UserId, file.Content, cancellationToken)));

    static ClosingPrice Given(Price? price, int i) =>
        price is null ? throw RefusedException.Invalid($"[{i}]", "Must be a price.") : new(price.Symbol, price.Date, price.Close);
}
