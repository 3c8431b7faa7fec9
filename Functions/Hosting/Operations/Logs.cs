using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Logs: one readable line on a terminal, JSON elsewhere; each with the trace's id.</summary>
static class Logs
{
    public static ILoggingBuilder AddConsoleFor(this ILoggingBuilder logging, LogOutput output)
    {
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (output == LogOutput.Errors)
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return output == LogOutput.Collector
            ? logging.AddJsonConsole(json =>
            {
                json.IncludeScopes = true;
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            })
            : logging.AddTerminal();
    }

    static ILoggingBuilder AddTerminal(this ILoggingBuilder logging)
    {
        logging.Services.TryAddSingleton(TimeProvider.System);
        return logging
            .AddConsole(console => console.FormatterName = TerminalFormatter.FormatterName)
            .AddConsoleFormatter<TerminalFormatter, ConsoleFormatterOptions>();
    }

    /// <summary>
    /// What the framework would log of every request stays out, unless the section <c>Logging</c> asks for it by category: of rules for
    /// the same category the later one counts, so these go first. Why a start failed is logged in one line by its caller.
    /// </summary>
    public static void AddFilters(this ILoggingBuilder logging) =>
        logging.Services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Insert(0, new(null, "Microsoft.AspNetCore", LogLevel.Warning, null));
            // The caller of a statement reports its failure: Npgsql would report it again, with a stack trace each time.
            options.Rules.Insert(0, new(null, "Npgsql", LogLevel.None, null));
            // Readiness reports a health check that fails once, not at each probe.
            options.Rules.Insert(0, new(null, "Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None, null));
            options.Rules.Insert(0, new(null, RequestLog.Category, LogLevel.Information, null));
            options.Rules.Insert(0, new(null, "Microsoft.Hosting.Lifetime", LogLevel.Information, null));
            options.Rules.Insert(0, new(null, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None, null));
        });
}
