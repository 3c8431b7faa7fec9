using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core;

/// <summary>Environment variables in the app's own sections that no setting has: most likely misspelled.</summary>
/// <param name="Names">Their names.</param>
public sealed record UnknownSettings(IReadOnlyList<string> Names)
{
    /// <summary>Warns of each.</summary>
    public void Warn(ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Settings");
        foreach (var name in Names)
            logger.LogWarning("{Setting} is not a setting and is ignored; the README lists the settings", name);
    }
}
