using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Tickets;

[Authorize]
public sealed class TicketsFunctions(TicketService tickets, TicketPresenters presenters, Cursors cursors)
{
    [Function("TicketsList"), Tags("Tickets"), EndpointSummary("List my tickets")]
    [EndpointDescription("Returns your train and parking tickets, newest first.")]
    public async Task<Ok<Page<TicketItem>>> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "tickets")] HttpRequest request,
        Caller caller,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await tickets.ReadTicketsAsync(caller.UserId, PageRequest.Parse(cursors, "tickets", limit, cursor), cancellationToken);
        return TypedResults.Ok(Page<TicketItem>.From(page, presenters.Present));
    }
}
