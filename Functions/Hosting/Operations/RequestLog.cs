using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// One line per request in the category <c>Requests</c>: 5xx as errors, 4xx as information, the rest as debug. By default only failures
/// are logged, whatever <c>Logging__LogLevel__Default</c> is; <c>Logging__LogLevel__Requests</c> changes that: <c>Debug</c> for all,
/// <c>None</c> for none. Probes are always logged as debug: <see cref="Readiness"/> reports changes.
/// </summary>
static partial class RequestLog
{
    /// <summary>The category of the lines.</summary>
    public const string Category = "Requests";

    // The status that proxies log for a client that disconnected before it received the response.
    const int ClientClosedRequest = 499;

    /// <summary>Must precede everything that may write a response, including the exception handler.</summary>
    public static void UseRequestLog(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(Category);
        // When switched off, it costs only this check.
        app.Use(next => context => logger.IsEnabled(LogLevel.Error) ? RunAsync(context, next, logger) : next(context));
    }

    static async Task RunAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        var start = Stopwatch.GetTimestamp();
        var completed = false;
        try
        {
            await next(context);
            completed = true;
        }
        finally
        {
            var status =
                completed ? context.Response.StatusCode
                : context.RequestAborted.IsCancellationRequested ? ClientClosedRequest
                : StatusCodes.Status500InternalServerError;
            var endpoint = Endpoint(context);
            var level =
                endpoint?.Metadata.GetMetadata<ProbeAttribute>() is not null ? LogLevel.Debug
                : status >= 500 ? LogLevel.Error
                : status >= 400 ? LogLevel.Information
                : LogLevel.Debug;
            if (logger.IsEnabled(level))
            {
                Write(
                    logger,
                    level,
                    context.Request.Method,
                    Route(endpoint),
                    status,
                    Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1),
                    Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier
                );
            }
        }
    }

    // The exception handler moves the endpoint to a feature.
    static Endpoint? Endpoint(HttpContext context) => context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;

    // The template rather than the path, which may contain anything.
    static string Route(Endpoint? endpoint) =>
        endpoint is RouteEndpoint route ? $"/{route.RoutePattern.RawText?.TrimStart('/')}" : "(no route)";

    [LoggerMessage(EventId = 1, EventName = "Request", Message = "{Method} {Route} {Status} in {DurationMs} ms, trace_id {TraceId}")]
    private static partial void Write(
        ILogger logger,
        LogLevel level,
        string method,
        string route,
        int status,
        double durationMs,
        string traceId
    );
}
