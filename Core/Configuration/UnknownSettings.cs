using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core;

/// <summary>Environment variables in the app's sections that are not settings: most likely misspelled.</summary>
/// <param name="Names">The names of the variables.</param>
public sealed record UnknownSettings(IReadOnlyList<string> Names)
{
    /// <summary>Logs a warning for each.</summary>
    public void Warn(ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Settings");
        foreach (var name in Names)
            logger.LogWarning("{Setting} is not a setting and is ignored; the README lists the settings", name);
    }
}
