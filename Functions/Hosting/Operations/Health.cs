using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// <c>/healthz</c> fails if the process must be restarted. <c>/readyz</c> fails if it should not receive requests. Neither waits for
/// anything that could hang.
/// </summary>
public static class Health
{
    /// <summary>The path of the liveness probe.</summary>
    public const string Path = "/healthz";

    public sealed record Status(string StatusText)
    {
        [System.Text.Json.Serialization.JsonPropertyName("status")]
        public string StatusText { get; } = StatusText;
    }

    /// <summary>The status of a process that is alive, and its build.</summary>
    /// <param name="StatusText"><c>alive</c>.</param>
    /// <param name="Version">The version, such as <c>1.0.0</c>.</param>
    /// <param name="Commit">The commit, or null if the build did not know it.</param>
    public sealed record Alive(
        [property: System.Text.Json.Serialization.JsonPropertyName("status")] string StatusText,
        string Version,
        string? Commit
    );

    static readonly Alive IsAlive = new("alive", AppVersion.Number, AppVersion.Commit is { Length: > 0 } commit ? commit : null);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                Path,
                (Liveness liveness) =>
                    liveness.GetStuckReason() is { } reason
                        ? (IResult)TypedResults.Problem(reason, statusCode: StatusCodes.Status500InternalServerError)
                        : TypedResults.Ok(IsAlive)
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
