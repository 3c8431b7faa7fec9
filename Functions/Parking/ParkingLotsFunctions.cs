using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Parking;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Parking;

public sealed class ParkingLotsFunctions(ParkingLotService lots)
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
        var created = await lots.CreateLotAsync(lot.ToCore(), caller.UserId, key.Value, cancellationToken);
        return TypedResults.Created($"{HostJson.RoutePrefix}/parking-lots/{created.Id}", ParkingLot.From(created));
    }

    /// <param name="id">The id of the lot.</param>
    [Function("ParkingLotsGet"), Authorize, Tags("Parking"), EndpointSummary("Get a parking lot")]
    [EndpointDescription("Returns a parking lot and its current occupancy.")]
    [Fails(404, "There is no such parking lot.")]
    public async Task<Ok<ParkingLot>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "parking-lots/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(ParkingLot.From(await lots.ReadLotAsync(id, cancellationToken)));
}
