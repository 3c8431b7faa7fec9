namespace FunctionsApp.Functions.Hosting;

/// <summary>Who reads the log.</summary>
public enum LogOutput
{
    /// <summary>A program, on standard output: JSON.</summary>
    Collector,

    /// <summary>A person, on standard output.</summary>
    Terminal,

    /// <summary>A person, on standard error: standard output has the result of a command.</summary>
    Errors,
}
