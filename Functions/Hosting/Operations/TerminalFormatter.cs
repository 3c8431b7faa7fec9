using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Formats log records for people: time, level, category, message and trace id on one line, followed by the exception.
/// </summary>
sealed class TerminalFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which the console logger finds this formatter.</summary>
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

    // FunctionsApp.Functions.Hosting.Drain becomes Drain.
    static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];

    // Untrusted text must not control the terminal.
    static void WritePlain(string text, char newLine, TextWriter writer)
    {
        foreach (var character in text.ReplaceLineEndings("\n"))
        {
            if (character == '\n')
                writer.Write(newLine);
            else if (character == '\t' || !char.IsControl(character))
                writer.Write(character);
        }
    }
}
