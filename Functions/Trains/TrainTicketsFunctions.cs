using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Trains;

[Authorize]
public sealed class TrainTicketsFunctions(TicketPurchases purchases, TrainTicketService tickets)
{
    /// <param name="id">The id of the run.</param>
    [Function("TrainsIssue"), Tags("Tickets"), EndpointSummary("Buy a ticket")]
    [EndpointDescription(
        "Books seats for all passengers or none, side by side if possible. If the class is sold out, the ticket joins the waitlist."
    )]
    [Fails(404, "There is no such run."), Fails(409, "Sold out and the waitlist is full; or the run has been cancelled or has departed.")]
    public async Task<Created<TrainTicketResponse>> Issue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "trains/{id:guid}/tickets")] HttpRequest request,
        Caller caller,
        Guid id,
        IdempotencyKey key,
        [FromBody] NewTrainTicket ticket,
        CancellationToken cancellationToken
    )
    {
        var (run, issued) = await purchases.IssueAsync(
            id,
            caller.UserId,
            ticket.From,
            ticket.To,
            ticket.Class,
            ticket.Passengers,
            key.Value,
            cancellationToken
        );
        return TypedResults.Created($"{HostJson.RoutePrefix}/trains/{id}/tickets/{issued.Id}", Response(run, issued));
    }

    /// <param name="id">The id of the run.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("TrainsTicket"), Tags("Tickets"), EndpointSummary("Get a ticket")]
    [EndpointDescription("Returns one of your tickets.")]
    [Fails(404, "There is no such ticket, or it belongs to another user.")]
    public async Task<Ok<TrainTicketResponse>> Ticket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    )
    {
        var (run, found) = await tickets.ReadTicketAsync(id, ticket, caller.UserId, cancellationToken);
        return TypedResults.Ok(Response(run, found));
    }

    /// <param name="id">The id of the run.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("TrainsCancelTicket"), Tags("Tickets"), EndpointSummary("Cancel a ticket")]
    [EndpointDescription(
        "Cancels a ticket and returns the refund. For the user who bought it, and for administrators. The next tickets on the waitlist "
            + "that fit are confirmed, unless their train has left. Cancelling is idempotent."
    )]
    [Fails(404, "There is no such ticket, or it belongs to another user."), Fails(409, "The ticket was used.")]
    public async Task<Ok<TrainTicketResponse>> CancelTicket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    )
    {
        Guid? owner = request.HttpContext.User.IsInRole(Roles.Admin) ? null : caller.UserId;
        var (run, cancelled) = await tickets.CancelTicketAsync(id, ticket, owner, cancellationToken);
        return TypedResults.Ok(Response(run, cancelled));
    }

    /// <param name="id">The id of the run.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [
        Function("TrainsTicketQr"),
        Tags("Tickets"),
        EndpointSummary("Get the QR code of a ticket"),
        Produces("image/svg+xml", Type = typeof(string))
    ]
    [EndpointDescription("Returns the code of a confirmed ticket as an SVG image.")]
    [
        Fails(404, "There is no such ticket, or it belongs to another user."),
        Fails(409, "The ticket has no seat: it is waitlisted or cancelled.")
    ]
    public async Task<IResult> Qr(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/tickets/{ticket:guid}/qr")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    )
    {
        var (_, found) = await tickets.ReadTicketAsync(id, ticket, caller.UserId, cancellationToken);
        return Functions.Tickets.Qr.Svg(
            tickets.CodeOf(found) ?? throw new RefusedException(Refusal.Conflict, "The ticket has no seat: it is waitlisted or cancelled.")
        );
    }

    TrainTicketResponse Response(TrainRun run, TrainTicket ticket) => TrainTicketResponse.FromTicket(run, ticket, tickets.CodeOf(ticket));
}
