namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// <c>/metrics</c> on the port of <c>Metrics__Port</c>, and there only: a network policy can then keep it from the clients of the
/// API.
/// </summary>
static class MetricsPort
{
    /// <summary>The path of the metrics, below the route prefix or not.</summary>
    public const string Path = "/metrics";

    /// <summary>By the port of the connection, which no header can change.</summary>
    public static void UseMetricsPort(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<MetricsOptions>().Port is not { } port)
            return;
        app.Use(
            (context, next) =>
            {
                if (context.Connection.LocalPort == port == context.Request.Path.Equals(Path, StringComparison.OrdinalIgnoreCase))
                    return next(context);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
    }
}
