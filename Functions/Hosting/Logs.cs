using Microsoft.Extensions.Logging.Console;

namespace Functions.Hosting;

/// <summary>Logs: one readable line on a terminal, JSON elsewhere; each with the trace's id.</summary>
static class Logs
{
    public static ILoggingBuilder AddConsoleFor(this ILoggingBuilder logging, bool redirected)
    {
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        return redirected
            ? logging.AddJsonConsole(json =>
            {
                json.IncludeScopes = true;
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            })
            : logging.AddSimpleConsole(simple =>
            {
                simple.SingleLine = true;
                simple.TimestampFormat = "HH:mm:ss ";
                simple.ColorBehavior = LoggerColorBehavior.Default;
            });
    }

    /// <summary>What the framework would tell of every request stays out, unless the section <c>Logging</c> asks for it.</summary>
    public static void AddFilters(this ILoggingBuilder logging)
    {
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
    }
}
