using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core.Tests;

/// <summary>A logger that stores its lines and passes each to a callback.</summary>
class LogLines(Action<string>? onLine = null) : ILogger
{
    readonly ConcurrentQueue<string> lines = new();

    public string Text => string.Join('\n', lines);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        var line = formatter(state, exception);
        lines.Enqueue(line);
        onLine?.Invoke(line);
    }
}

/// <summary>The same for the category of a type.</summary>
sealed class LogLines<T>(Action<string>? onLine = null) : LogLines(onLine), ILogger<T>;
