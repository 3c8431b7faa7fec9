using System.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// What no function handles still reaches the pipeline: the documentation, health, metrics, and problem+json for unknown paths and
/// wrong methods in place of the host's empty 404. The host tries functions in the order of their names, so this name must stay the last.
/// </summary>
public sealed class UnmatchedRoute
{
    [Function("ZUnmatched"), AllowAnonymous]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "options", Route = "{*path}")]
            HttpRequest request
    ) => throw new UnreachableException("The pipeline answers every request.");
}
