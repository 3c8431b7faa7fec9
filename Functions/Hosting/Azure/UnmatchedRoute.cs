using System.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Sends requests that match no function to the pipeline: documentation, health, metrics, and problem+json for unknown paths and
/// unsupported methods instead of the host's empty 404. The host tries functions in the order of their names, so this name must be the
/// last.
/// </summary>
public sealed class UnmatchedRoute
{
    [Function("ZUnmatched"), AllowAnonymous]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "options", Route = "{*path}")]
            HttpRequest request
    ) => throw new UnreachableException("The pipeline handles every request.");
}
