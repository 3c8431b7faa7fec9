using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tickets;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Trains;

/// <summary>A ticket to buy.</summary>
/// <param name="From">The station where the journey begins.</param>
/// <param name="To">The station where the journey ends.</param>
/// <param name="Class">The class.</param>
/// <param name="Passengers">The names of 1 to 6 passengers.</param>
public sealed record NewTrainTicket(string From, string To, string Class, IReadOnlyList<string> Passengers) : IExample<NewTrainTicket>
{
    public static NewTrainTicket Example => new("Mysuru", "Chennai", "2A", ["Ada Lovelace"]);
}

[Authorize]
public sealed class TrainsFunctions(TrainService trains, Cursors cursors)
{
    /// <param name="from" example="Mysuru">The station where the journey begins.</param>
    /// <param name="to" example="Chennai">The station where the journey ends.</param>
    /// <param name="date" example="2030-01-15">The date on which the train departs from its first stop.</param>
    [Function("TrainsSearch"), Tags("Trains"), EndpointSummary("Find trains")]
    [EndpointDescription("Returns the runs of a date that call at both stations in this order, with free seats and fares. Newest first.")]
    public async Task<Ok<Page<TrainConnection>>> Search(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains")] HttpRequest request,
        string from,
        string to,
        DateOnly date,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await trains.SearchAsync(from, to, date, PageRequest.Parse(cursors, "trains", limit, cursor), cancellationToken);
        return TypedResults.Ok(new Page<TrainConnection>([.. page.Items.Select(TrainConnection.Of)], page.NextCursor));
    }

    /// <param name="id">The id of the run.</param>
    [Function("TrainsGet"), Tags("Trains"), EndpointSummary("Get a run")]
    [EndpointDescription("Returns a run with its stops and coaches.")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<Run>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(Run.Of(await trains.ReadRunAsync(id, cancellationToken)));

    /// <param name="id">The id of the run.</param>
    /// <param name="from" example="Mysuru">The station where the journey begins.</param>
    /// <param name="to" example="Chennai">The station where the journey ends.</param>
    /// <param name="class">Only the seats of this class.</param>
    [Function("TrainsSeats"), Tags("Trains"), EndpointSummary("Get the seat map")]
    [EndpointDescription("Returns all seats of a run and whether they are free between two stations.")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<SeatMap>> Seats(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/seats")] HttpRequest request,
        Guid id,
        string from,
        string to,
        string? @class,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(SeatMap.Of(await trains.ReadSeatsAsync(id, from, to, @class, cancellationToken)));

    /// <param name="id">The id of the run.</param>
    [Function("TrainsIssue"), Tags("Tickets"), EndpointSummary("Buy a ticket")]
    [EndpointDescription(
        "Books seats for all passengers or none, side by side if possible. If the class is sold out, the ticket joins the waitlist."
    )]
    [Fails(404, "There is no such run."), Fails(409, "Sold out and the waitlist is full; or the run is cancelled or gone.")]
    public async Task<Created<TrainTicketAnswer>> Issue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "trains/{id:guid}/tickets")] HttpRequest request,
        Caller caller,
        Guid id,
        IdempotencyKey key,
        [FromBody] NewTrainTicket ticket,
        CancellationToken cancellationToken
    )
    {
        var (run, issued) = await trains.IssueAsync(
            id,
            caller.UserId,
            ticket.From,
            ticket.To,
            ticket.Class,
            ticket.Passengers,
            key.Value,
            cancellationToken
        );
        return TypedResults.Created($"{HostJson.RoutePrefix}/trains/{id}/tickets/{issued.Id}", TrainTicketAnswer.Of(run, issued, trains));
    }

    /// <param name="id">The id of the run.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("TrainsTicket"), Tags("Tickets"), EndpointSummary("Get a ticket")]
    [EndpointDescription("Returns one of your tickets.")]
    [Fails(404, "There is no such ticket, or it belongs to another user.")]
    public async Task<Ok<TrainTicketAnswer>> Ticket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    )
    {
        var (run, found) = await trains.ReadTicketAsync(id, ticket, caller.UserId, cancellationToken);
        return TypedResults.Ok(TrainTicketAnswer.Of(run, found, trains));
    }

    /// <param name="id">The id of the run.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("TrainsCancelTicket"), Tags("Tickets"), EndpointSummary("Cancel a ticket")]
    [EndpointDescription(
        "Cancels a ticket and returns the refund. For the user who bought it, and for administrators. The next tickets on the waitlist "
            + "that fit are confirmed. Cancelling is idempotent."
    )]
    [Fails(404, "There is no such ticket, or it belongs to another user."), Fails(409, "The ticket was used.")]
    public async Task<Ok<TrainTicketAnswer>> CancelTicket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    )
    {
        Guid? owner = request.HttpContext.User.IsInRole(Roles.Admin) ? null : caller.UserId;
        var (run, cancelled) = await trains.CancelTicketAsync(id, ticket, owner, cancellationToken);
        return TypedResults.Ok(TrainTicketAnswer.Of(run, cancelled, trains));
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
        var (run, found) = await trains.ReadTicketAsync(id, ticket, caller.UserId, cancellationToken);
        return Functions.Tickets.Qr.Svg(
            trains.CodeOf(found) ?? throw new RefusedException(Refusal.Conflict, "The ticket has no seat: it is waitlisted or cancelled.")
        );
    }
}
