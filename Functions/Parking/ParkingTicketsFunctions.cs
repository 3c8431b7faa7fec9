using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Parking;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Parking;

public sealed class ParkingTicketsFunctions(ParkingTicketService tickets)
{
    /// <param name="id">The id of the lot.</param>
    [Function("ParkingLotsEnter"), Authorize, Tags("Parking"), EndpointSummary("Enter a parking lot")]
    [EndpointDescription(
        "Opens a stay and assigns the free spot nearest to the entrance, of the kind of the vehicle or a larger one. The plate "
            + "is what the user states: stays of other users are neither checked nor revealed."
    )]
    [
        Fails(404, "There is no such parking lot."),
        Fails(409, "There is no free spot for this vehicle, or you already have a stay with this plate.")
    ]
    public async Task<Created<ParkingTicket>> Enter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots/{id:guid}/tickets")] HttpRequest request,
        Caller caller,
        Guid id,
        [FromBody] NewTicket ticket,
        IdempotencyKey key,
        CancellationToken cancellationToken
    )
    {
        var entered = await tickets.EnterAsync(id, caller.UserId, ticket.Plate, ticket.Vehicle.ToCore(), key.Value, cancellationToken);
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{id}/tickets/{entered.Id}", ParkingTicket.From(entered));
    }

    /// <param name="id">The id of the lot.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("ParkingLotsTicket"), Authorize, Tags("Parking"), EndpointSummary("Get a parking ticket")]
    [EndpointDescription("Returns a stay. For the user who opened it, inspectors and administrators.")]
    [Fails(404, "There is no such ticket.")]
    public async Task<Ok<ParkingTicket>> Ticket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ParkingTicket.From(await tickets.ReadTicketAsync(id, ticket, Owner(request, caller), cancellationToken)));

    /// <param name="id">The id of the lot.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [
        Function("ParkingLotsTicketQr"),
        Authorize,
        Tags("Parking"),
        EndpointSummary("Get the QR code of a parking ticket"),
        Produces("image/svg+xml", Type = typeof(string))
    ]
    [EndpointDescription("Returns the code of an open stay as an SVG image. For the user who opened it, inspectors and administrators.")]
    [Fails(404, "There is no such ticket."), Fails(409, "The vehicle has left.")]
    public async Task<IResult> TicketQr(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}/qr")] HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    ) =>
        Tickets.Qr.Svg(
            tickets.CodeOf(await tickets.ReadTicketAsync(id, ticket, Owner(request, caller), cancellationToken))
                ?? throw new RefusedException(Refusal.Conflict, "The vehicle has left.")
        );

    /// <param name="id">The id of the lot.</param>
    /// <param name="ticket">The id of the ticket.</param>
    [Function("ParkingLotsExit"), Authorize, Tags("Parking"), EndpointSummary("Leave a parking lot")]
    [EndpointDescription(
        "Closes a stay and returns the fee. Closing is idempotent. For the user who opened it, inspectors and administrators."
    )]
    [Fails(404, "There is no such ticket.")]
    public async Task<Ok<ParkingTicket>> Exit(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}/exit")]
            HttpRequest request,
        Caller caller,
        Guid id,
        Guid ticket,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ParkingTicket.From(await tickets.ExitAsync(id, ticket, Owner(request, caller), cancellationToken)));

    // The user who has to own the ticket; null for inspectors and administrators, who may see any.
    static Guid? Owner(HttpRequest request, Caller caller) =>
        request.HttpContext.User.IsInRole(Roles.Inspector) || request.HttpContext.User.IsInRole(Roles.Admin) ? null : caller.UserId;
}
