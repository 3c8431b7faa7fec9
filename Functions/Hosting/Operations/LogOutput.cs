namespace FunctionsApp.Functions.Hosting;

/// <summary>The reader and destination of the log.</summary>
public enum LogOutput
{
    /// <summary>A log collector: JSON on standard output.</summary>
    Collector,

    /// <summary>A person: text on standard output.</summary>
    Terminal,

    /// <summary>A person: text on standard error, because standard output contains the result of a command.</summary>
    Errors,
}
