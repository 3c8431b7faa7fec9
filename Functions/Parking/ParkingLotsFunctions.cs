using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Parking;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tickets;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Parking;

/// <summary>A new parking lot.</summary>
/// <param name="Name">The name of the lot.</param>
/// <param name="Spots">The number of spots: 0 to 100,000 of each kind, at least one in total.</param>
/// <param name="Rates">What each kind of vehicle pays. Prices are at least 0 and below 1,000,000,000, with at most 4 decimals.</param>
/// <param name="TimeZone">The IANA time zone that determines when a day begins. The default is `UTC`.</param>
public sealed record NewLot(
    [property: StringLength(NewParkingLot.MaxNameLength, MinimumLength = 1)] string Name,
    Spots Spots,
    Rates Rates,
    string? TimeZone = null
) : IExample<NewLot>
{
    public static NewLot Example =>
        new(
            "Central Station",
            new(20, 150, 10),
            new(new(15, 0.50m, 0.50m, 4.00m), new(15, 2.50m, 2.00m, 18.00m), new(15, 5.00m, 4.00m, 36.00m)),
            "Europe/Berlin"
        );
}

/// <summary>A vehicle that enters.</summary>
/// <param name="Plate">The license plate: up to 16 letters and digits of any script. Case, spaces and hyphens are ignored.</param>
/// <param name="Vehicle">The kind of vehicle.</param>
public sealed record NewTicket(
    [property: StringLength(Core.Parking.Plate.MaxWrittenLength, MinimumLength = 1)] string Plate,
    Vehicle Vehicle
) : IExample<NewTicket>
{
    public static NewTicket Example => new("B-AB 1234", Vehicle.Car);
}

public sealed class ParkingLotsFunctions(ParkingService parking)
{
    [Function("ParkingLotsCreate"), Authorize(Roles = Roles.Admin), Tags("Parking"), EndpointSummary("Create a parking lot")]
    [EndpointDescription("Adds a parking lot with its spots and rates. For administrators.")]
    public async Task<Created<ParkingLot>> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots")] HttpRequest request,
        Caller caller,
        [FromBody] NewLot lot,
        IdempotencyKey key,
        CancellationToken cancellationToken
    )
    {
        var created = await parking.CreateLotAsync(
            new(lot.Name, lot.Spots, lot.Rates, lot.TimeZone),
            caller.UserId,
            key.Value,
            cancellationToken
        );
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{created.Id}", created);
    }

    /// <param name="id">The id of the lot.</param>
    [Function("ParkingLotsGet"), Authorize, Tags("Parking"), EndpointSummary("Get a parking lot")]
    [EndpointDescription("Returns a parking lot and its current occupancy.")]
    [Fails(404, "There is no such parking lot.")]
    public async Task<Ok<ParkingLot>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await parking.ReadLotAsync(id, cancellationToken));

    /// <param name="id">The id of the lot.</param>
    [Function("ParkingLotsEnter"), Authorize, Tags("Parking"), EndpointSummary("Enter a parking lot")]
    [EndpointDescription(
        "Opens a stay and assigns the free spot nearest to the entrance, of the kind of the vehicle or the next larger one. The plate "
            + "is what the user states: stays of other users are neither checked nor revealed."
    )]
    [Fails(404, "There is no such parking lot."), Fails(409, "There is no free spot for this vehicle, or you have a stay with this plate.")]
    public async Task<Created<ParkingTicket>> Enter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots/{id:guid}/tickets")] HttpRequest request,
        Caller caller,
        Guid id,
        [FromBody] NewTicket ticket,
        IdempotencyKey key,
        CancellationToken cancellationToken
    )
    {
        var entered = await parking.EnterAsync(id, caller.UserId, ticket.Plate, ticket.Vehicle, key.Value, cancellationToken);
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{id}/tickets/{entered.Id}", entered);
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
    ) => TypedResults.Ok(await parking.ReadTicketAsync(id, ticket, Owner(request, caller), cancellationToken));

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
        Qr.Svg(
            parking.CodeOf(await parking.ReadTicketAsync(id, ticket, Owner(request, caller), cancellationToken))
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
    ) => TypedResults.Ok(await parking.ExitAsync(id, ticket, Owner(request, caller), cancellationToken));

    // Whose tickets the caller may see: only their own, or anybody's.
    static Guid? Owner(HttpRequest request, Caller caller) =>
        request.HttpContext.User.IsInRole(Roles.Inspector) || request.HttpContext.User.IsInRole(Roles.Admin) ? null : caller.UserId;
}
