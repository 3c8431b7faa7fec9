using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// <c>/healthz</c>: the process can do its work, else it must be restarted. <c>/readyz</c>: send it requests. Neither waits for anything
/// that could hang.
/// </summary>
public static class Health
{
    public sealed record Status(string StatusText)
    {
        [System.Text.Json.Serialization.JsonPropertyName("status")]
        public string StatusText { get; } = StatusText;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                "/healthz",
                (Liveness liveness) =>
                    liveness.WhyNot() is { } why
                        ? (IResult)TypedResults.Problem(why, statusCode: StatusCodes.Status500InternalServerError)
                        : TypedResults.Ok(new Status("alive"))
            )
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithMetadata(new ProbeAttribute());
        routes
            .MapGet(
                "/readyz",
                async (HttpContext context, Readiness readiness, CancellationToken cancellationToken) =>
                {
                    if (await readiness.WhyNotAsync(cancellationToken) is not { } why)
                        return (IResult)TypedResults.Ok(new Status("ready"));
                    context.Response.Headers.RetryAfter = "1";
                    return TypedResults.Problem(why, statusCode: StatusCodes.Status503ServiceUnavailable);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithMetadata(new ProbeAttribute());
    }
}
