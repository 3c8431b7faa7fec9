using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// <c>/healthz</c> fails if the process must be restarted. <c>/readyz</c> fails if it should not receive requests. Neither waits for
/// anything that could hang.
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
                    liveness.GetStuckReason() is { } reason
                        ? (IResult)TypedResults.Problem(reason, statusCode: StatusCodes.Status500InternalServerError)
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
                    if (await readiness.GetUnreadyReasonAsync(cancellationToken) is not { } reason)
                        return (IResult)TypedResults.Ok(new Status("ready"));
                    context.Response.Headers.RetryAfter = "1";
                    return TypedResults.Problem(reason, statusCode: StatusCodes.Status503ServiceUnavailable);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithMetadata(new ProbeAttribute());
    }
}
