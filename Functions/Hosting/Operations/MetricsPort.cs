namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Serves <c>/metrics</c> only on the port of <c>Metrics__Port</c>, so that a network policy can hide it from clients of the API.
/// </summary>
static class MetricsPort
{
    /// <summary>The path of the metrics, with and without the route prefix.</summary>
    public const string Path = "/metrics";

    /// <summary>Uses the port of the connection, which no header can change.</summary>
    public static void UseMetricsPort(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<MetricsOptions>().Port is not { } port)
            return;
        app.Use(
            (context, next) =>
            {
                if (context.Connection.LocalPort == port == IsMetrics(context.Request.Path))
                    return next(context);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
    }

    // Routing ignores a slash at the end.
    static bool IsMetrics(PathString path) => path.Value.AsSpan().TrimEnd('/').Equals(Path, StringComparison.OrdinalIgnoreCase);
}
