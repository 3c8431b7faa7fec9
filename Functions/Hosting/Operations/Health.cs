using FunctionsApp.Core;
using FunctionsApp.Core.Background;

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
        routes.MapProbe(Path, IsAliveAsync);
        routes.MapProbe("/readyz", IsReadyAsync);
    }

    // Handlers without parameters to bind: otherwise the code that binds them would be generated while the first probe waits.
    static void MapProbe(this IEndpointRouteBuilder routes, string path, RequestDelegate handler) =>
        routes.MapGet(path, handler).AllowAnonymous().ExcludeFromDescription().WithMetadata(new ProbeAttribute());

    static Task IsAliveAsync(HttpContext context)
    {
        IResult result = context.RequestServices.GetRequiredService<Liveness>().GetStuckReason() is { } reason
            ? TypedResults.Problem(reason, statusCode: StatusCodes.Status500InternalServerError)
            : TypedResults.Ok(IsAlive);
        return result.ExecuteAsync(context);
    }

    static async Task IsReadyAsync(HttpContext context)
    {
        var reason = await context.RequestServices.GetRequiredService<Readiness>().GetUnreadyReasonAsync(context.RequestAborted);
        if (reason is null)
        {
            await TypedResults.Ok(new Status("ready")).ExecuteAsync(context);
            return;
        }

        context.Response.Headers.RetryAfter = "1";
        await TypedResults.Problem(reason, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }
}
