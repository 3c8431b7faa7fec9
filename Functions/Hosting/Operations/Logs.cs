using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Console logs: readable lines on a terminal, JSON otherwise; both with the trace id.</summary>
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
    /// Suppresses what the framework would log for every request, unless the section <c>Logging</c> enables it by category: of several
    /// rules for the same category the last one applies, so these are inserted first. The caller logs the reason of a failed start in one
    /// line.
    /// </summary>
    public static void AddFilters(this ILoggingBuilder logging) =>
        logging.Services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Insert(0, new(null, "Microsoft.AspNetCore", LogLevel.Warning, null));
            // The caller of a statement reports its failure: Npgsql would log it again, with a stack trace each time.
            options.Rules.Insert(0, new(null, "Npgsql", LogLevel.None, null));
            // Readiness reports a failing health check once instead of on each probe.
            options.Rules.Insert(0, new(null, "Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None, null));
            options.Rules.Insert(0, new(null, RequestLog.Category, LogLevel.Information, null));
            options.Rules.Insert(0, new(null, "Microsoft.Hosting.Lifetime", LogLevel.Information, null));
            options.Rules.Insert(0, new(null, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None, null));
        });
}
