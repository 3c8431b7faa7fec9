using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Trains;

[Authorize(Roles = Roles.Admin)]
public sealed class TrainsAdministrationFunctions(RunService runs)
{
    [Function("TrainsCreate"), Tags("Trains"), EndpointSummary("Create a run")]
    [EndpointDescription("Adds a train on a date with its stops and coaches. For administrators.")]
    public async Task<Created<Run>> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "trains")] HttpRequest request,
        Caller caller,
        [FromBody] NewRun run,
        IdempotencyKey key,
        CancellationToken cancellationToken
    )
    {
        var added = await runs.AddRunAsync(
            run.Number,
            run.Name,
            run.ServiceDate,
            run.CoreStops(),
            run.CoreCoaches(),
            caller.UserId,
            key.Value,
            cancellationToken
        );
        return TypedResults.Created($"{HostJson.RoutePrefix}/trains/{added.Id}", Run.From((added, null)));
    }

    /// <param name="id">The id of the run.</param>
    [Function("TrainsCancel"), Tags("Trains"), EndpointSummary("Cancel a run")]
    [EndpointDescription("Cancels a run and all of its tickets with a full refund. Cancelling is idempotent. For administrators.")]
    [Fails(404, "There is no such run.")]
    public async Task<Ok<Run>> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "trains/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(Run.From(await runs.CancelRunAsync(id, cancellationToken)));
}
