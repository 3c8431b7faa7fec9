using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Core.Trains;
using Functions.Hosting;
using Functions.Tickets;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Trains;

/// <param name="From">A station.</param>
/// <param name="To">A station after it.</param>
/// <param name="Passengers">1 to 6 names.</param>
public sealed record NewTrainTicket(string From, string To, string Class, IReadOnlyList<string> Passengers) : IExample<NewTrainTicket>
{
    public static NewTrainTicket Example => new("Mysuru", "Chennai", "2A", ["Ada Lovelace"]);
}

[Authorize]
public sealed class TrainsFunctions(TrainService trains)
{
    [Function("TrainsSearch"), Tags("Trains"), EndpointSummary("Trains between two stations"), EndpointDescription("Runs of a service date that call at both in that order, with what is free on the stretch. Newest first.")]
    public async Task<Ok<Page<TrainConnection>>> Search(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains")] HttpRequest request, string from, string to, DateOnly date, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, CancellationToken cancel)
    {
        var page = await trains.SearchAsync(from, to, date, PageRequest.Parse("trains", limit, cursor), cancel);
        return TypedResults.Ok(new Page<TrainConnection>([.. page.Items.Select(TrainConnection.Of)], page.NextCursor));
    }

    [Function("TrainsGet"), Tags("Trains"), EndpointSummary("One run")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<Run>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}")] HttpRequest request, Guid id, CancellationToken cancel) =>
        TypedResults.Ok(Run.Of(await trains.ReadRunAsync(id, cancel)));

    [Function("TrainsSeats"), Tags("Trains"), EndpointSummary("The seat map of a run between two stations")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<SeatMap>> Seats([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/seats")] HttpRequest request, Guid id, string from, string to, string? @class, CancellationToken cancel) =>
        TypedResults.Ok(SeatMap.Of(await trains.ReadSeatsAsync(id, from, to, @class, cancel)));

    [Function("TrainsIssue"), Tags("Tickets"), EndpointSummary("Buy a ticket"), EndpointDescription("Seats for all passengers or for none, side by side where the train allows. When nothing is free the ticket is waitlisted.")]
    [Fails(404, "There is no such run."), Fails(409, "Sold out and the waitlist is full; or the run is cancelled or gone.")]
    public async Task<Created<TrainTicketAnswer>> Issue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "trains/{id:guid}/tickets")] HttpRequest request, Caller caller, Guid id, IdempotencyKey key, [FromBody] NewTrainTicket ticket, CancellationToken cancel)
    {
        var (run, issued) = await trains.IssueAsync(id, caller.UserId, ticket.From, ticket.To, ticket.Class, ticket.Passengers, key.Value, cancel);
        return TypedResults.Created($"{HostJson.RoutePrefix}/trains/{id}/tickets/{issued.Id}", TrainTicketAnswer.Of(run, issued, trains));
    }

    [Function("TrainsTicket"), Tags("Tickets"), EndpointSummary("One ticket of mine")]
    [Fails(404, "There is no such ticket, or it is somebody else's.")]
    public async Task<Ok<TrainTicketAnswer>> Ticket([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel)
    {
        var (run, found) = await trains.ReadTicketAsync(id, ticket, caller.UserId, cancel);
        return TypedResults.Ok(TrainTicketAnswer.Of(run, found, trains));
    }

    [Function("TrainsCancelTicket"), Tags("Tickets"), EndpointSummary("Cancel a ticket of mine"), EndpointDescription("The answer tells the refund and its rule. Again is no error. Those on the waitlist who now fit are confirmed.")]
    [Fails(404, "There is no such ticket, or it is somebody else's."), Fails(409, "The ticket was used.")]
    public async Task<Ok<TrainTicketAnswer>> CancelTicket([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "trains/{id:guid}/tickets/{ticket:guid}")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel)
    {
        var (run, cancelled) = await trains.CancelTicketAsync(id, ticket, caller.UserId, cancel);
        return TypedResults.Ok(TrainTicketAnswer.Of(run, cancelled, trains));
    }

    [Function("TrainsTicketQr"), Tags("Tickets"), EndpointSummary("The code of a ticket as a picture"), Produces("image/svg+xml", Type = typeof(string))]
    [Fails(404, "There is no such ticket, or it is somebody else's."), Fails(409, "The ticket has no seat: it is waitlisted or cancelled.")]
    public async Task<IResult> Qr([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}/tickets/{ticket:guid}/qr")] HttpRequest request, Caller caller, Guid id, Guid ticket, CancellationToken cancel)
    {
        var (run, found) = await trains.ReadTicketAsync(id, ticket, caller.UserId, cancel);
        return Functions.Tickets.Qr.Svg(trains.CodeOf(run, found) ?? throw new RefusedException(Refusal.Conflict, "The ticket has no seat: it is waitlisted or cancelled."));
    }
}

[Authorize(Roles = Roles.Admin)]
public sealed class TrainsAdministrationFunctions(TrainService trains)
{
    [Function("TrainsCreate"), Tags("Trains"), EndpointSummary("Add a run"), EndpointDescription("For administrators. 2 to 64 stops, at most 2,000 seats.")]
    public async Task<Created<Run>> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "trains")] HttpRequest request, [FromBody] NewRun run, CancellationToken cancel)
    {
        var added = await trains.AddRunAsync(run.Number, run.Name, run.ServiceDate, run.CoreStops(), run.CoreCoaches(), cancel);
        return TypedResults.Created($"{HostJson.RoutePrefix}/trains/{added.Id}", Run.Of((added, null)));
    }

    [Function("TrainsCancel"), Tags("Trains"), EndpointSummary("Cancel a run"), EndpointDescription("For administrators. All of its tickets are cancelled, with all of the fare back. Again is no error.")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<Run>> Cancel([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "trains/{id:guid}")] HttpRequest request, Guid id, CancellationToken cancel) =>
        TypedResults.Ok(Run.Of(await trains.CancelRunAsync(id, cancel)));
}
