using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Core.Parking;
using Functions.Hosting;
using Functions.Tickets;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Parking;

/// <param name="Spots">0 to 100000 of each kind, at least one in total.</param>
/// <param name="Rates">Prices are at least 0, less than 1000000000 and have at most 4 decimals; grace_minutes is 0 to 1440.</param>
/// <param name="TimeZone">IANA id: where a day begins. UTC when left out.</param>
public sealed record NewLot(
    [property: StringLength(NewParkingLot.MaxNameLength, MinimumLength = 1)] string Name,
    Spots Spots,
    Rates Rates,
    string? TimeZone = null) : IExample<NewLot>
{
    public static NewLot Example => new(
        "Central Station", new(20, 150, 10), new(new(15, 0.50m, 0.50m, 4.00m), new(15, 2.50m, 2.00m, 18.00m), new(15, 5.00m, 4.00m, 36.00m)), "Europe/Berlin");
}

/// <param name="Plate">Letters and digits of any script, up to 16. Case, spaces and hyphens make no difference.</param>
public sealed record NewTicket([property: StringLength(Core.Parking.Plate.MaxWrittenLength, MinimumLength = 1)] string Plate, Vehicle Vehicle) : IExample<NewTicket>
{
    public static NewTicket Example => new("B-AB 1234", Vehicle.Car);
}

public sealed class ParkingLotsFunctions(ParkingService parking)
{
    [Function("ParkingLotsCreate"), Authorize(Roles = Roles.Admin), Tags("Parking"), EndpointSummary("Make a parking lot"), EndpointDescription("For administrators.")]
    public async Task<Created<ParkingLot>> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots")] HttpRequest request, [FromBody] NewLot lot, CancellationToken cancel)
    {
        var created = await parking.CreateLotAsync(new(lot.Name, lot.Spots, lot.Rates, lot.TimeZone), cancel);
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{created.Id}", created);
    }

    [Function("ParkingLotsGet"), Authorize, Tags("Parking"), EndpointSummary("A parking lot and how full it is")]
    [Fails(404, "There is no such parking lot.")]
    public async Task<Ok<ParkingLot>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}")] HttpRequest request, Guid id, CancellationToken cancel) =>
        TypedResults.Ok(await parking.ReadLotAsync(id, cancel));

    [Function("ParkingLotsEnter"), Authorize, Tags("Parking"), EndpointSummary("Enter a parking lot")]
    [EndpointDescription("Gives the vehicle the first free spot of its own kind, or of the next larger one.")]
    [Fails(404, "There is no such parking lot."), Fails(409, "There is no free spot for this vehicle, or its plate is inside.")]
    public async Task<Created<ParkingTicket>> Enter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots/{id:guid}/tickets")] HttpRequest request, Caller caller, Guid id, [FromBody] NewTicket ticket, IdempotencyKey key, CancellationToken cancel)
    {
        var entered = await parking.EnterAsync(id, caller.UserId, ticket.Plate, ticket.Vehicle, key.Value, cancel);
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{id}/tickets/{entered.Id}", entered);
    }

    [Function("ParkingLotsTicket"), Authorize, Tags("Parking"), EndpointSummary("A parking ticket"), EndpointDescription("For the user who entered, for inspectors and administrators.")]
    [Fails(404, "There is no such ticket.")]
    public async Task<Ok<ParkingTicket>> Ticket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel) =>
        TypedResults.Ok(await parking.ReadTicketAsync(id, ticket, Owner(request, caller), cancel));

    [Function("ParkingLotsTicketQr"), Authorize, Tags("Parking"), EndpointSummary("The code of a parking ticket as a picture"), Produces("image/svg+xml", Type = typeof(string))]
    [Fails(404, "There is no such ticket."), Fails(409, "The vehicle has left.")]
    public async Task<IResult> TicketQr(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}/qr")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel) =>
        Qr.Svg(parking.CodeOf(await parking.ReadTicketAsync(id, ticket, Owner(request, caller), cancel)) ?? throw new RefusedException(Refusal.Conflict, "The vehicle has left."));

    [Function("ParkingLotsExit"), Authorize, Tags("Parking"), EndpointSummary("Leave a parking lot")]
    [EndpointDescription("Tells the fee; asked again, the same one. For the user who entered, for inspectors and administrators.")]
    [Fails(404, "There is no such ticket.")]
    public async Task<Ok<ParkingTicket>> Exit(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "parking-lots/{id:guid}/tickets/{ticket:guid}/exit")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel) =>
        TypedResults.Ok(await parking.ExitAsync(id, ticket, Owner(request, caller), cancel));

    // Whose tickets the caller may see: only their own, or anybody's.
    static Guid? Owner(HttpRequest request, Caller caller) =>
        request.HttpContext.User.IsInRole(Roles.Inspector) || request.HttpContext.User.IsInRole(Roles.Admin) ? null : caller.UserId;
}
