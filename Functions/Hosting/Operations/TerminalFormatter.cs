using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// A record of the log for a person: time, level, category, message and trace id on one line, and an exception on lines of its
/// own.
/// </summary>
sealed class TerminalFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console logger finds it.</summary>
    public const string FormatterName = "terminal";

    const string Reset = "\e[0m";

    readonly bool colored =
        !Console.IsOutputRedirected && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var (level, color) = Level(logEntry.LogLevel);
        textWriter.Write($"{time.GetLocalNow():HH:mm:ss} {(colored ? $"{color}{level}{Reset}" : level)} {Shorten(logEntry.Category)}: ");
        WritePlain(message, ' ', textWriter);
        if (Activity.Current?.TraceId.ToHexString() is { } id && !message.Contains(id, StringComparison.Ordinal))
            textWriter.Write($" trace_id {id}");
        textWriter.Write('\n');
        if (logEntry.Exception is null)
            return;
        WritePlain(logEntry.Exception.ToString(), '\n', textWriter);
        textWriter.Write('\n');
    }

    static (string Name, string Color) Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => ("trace", "\e[90m"),
            LogLevel.Debug => ("debug", "\e[90m"),
            LogLevel.Information => ("info ", "\e[32m"),
            LogLevel.Warning => ("warn ", "\e[33m"),
            LogLevel.Error => ("error", "\e[31m"),
            _ => ("crit ", "\e[31m"),
        };

    // FunctionsApp.Functions.Hosting.Drain is Drain.
    static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];

    // Text from outside must not steer the terminal.
    static void WritePlain(string text, char newLine, TextWriter writer)
    {
        foreach (var one in text.ReplaceLineEndings("\n"))
        {
            if (one == '\n')
                writer.Write(newLine);
            else if (one == '\t' || !char.IsControl(one))
                writer.Write(one);
        }
    }
}
