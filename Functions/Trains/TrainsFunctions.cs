using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Trains;

[Authorize]
public sealed class TrainsFunctions(RunService runs, Cursors cursors)
{
    /// <param name="from" example="Mysuru">The station where the journey begins.</param>
    /// <param name="to" example="Chennai">The station where the journey ends.</param>
    /// <param name="date" example="2030-01-15">The date on which the train departs from its first stop.</param>
    [Function("TrainsSearch"), Tags("Trains"), EndpointSummary("Find trains")]
    [EndpointDescription("Returns the runs on a date that call at both stations in this order, with free seats and fares. Newest first.")]
    public async Task<Ok<Page<TrainConnection>>> Search(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains")] HttpRequest request,
        string from,
        string to,
        QueryDate date,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await runs.SearchAsync(from, to, date, PageRequest.Parse(cursors, "trains", limit, cursor), cancellationToken);
        return TypedResults.Ok(Page<TrainConnection>.From(page, TrainConnection.From));
    }

    /// <param name="id">The id of the run.</param>
    [Function("TrainsGet"), Tags("Trains"), EndpointSummary("Get a run")]
    [EndpointDescription("Returns a run with its stops and coaches.")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<Run>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trains/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(Run.From(await runs.ReadRunAsync(id, cancellationToken)));

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
    ) => TypedResults.Ok(SeatMap.From(await runs.ReadSeatsAsync(id, from, to, @class, cancellationToken)));
}
