using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions : ISettings
{
    const double MaxSeconds = 3600;

    /// <summary>
    /// For how many seconds a process that is shutting down still accepts requests although it is not ready; null means 5, or 0 in
    /// development.
    /// </summary>
    public double? DrainSeconds { get; set; }

    /// <summary>The maximum duration of the shutdown in seconds, including <see cref="DrainSeconds"/>.</summary>
    public double TimeoutSeconds { get; set; } = 25;

    /// <summary><see cref="TimeoutSeconds"/> as a time span.</summary>
    public TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    /// <summary><see cref="DrainSeconds"/>, or its default.</summary>
    public TimeSpan Drain(IHostEnvironment environment) =>
        TimeSpan.FromSeconds(DrainSeconds ?? (environment.IsDevelopment() ? 0 : Math.Min(5, TimeoutSeconds)));

    public void Check()
    {
        ConfigurationException.Require(
            TimeoutSeconds is > 0 and <= MaxSeconds,
            "Shutdown__TimeoutSeconds",
            "must be more than 0 and at most 3600 seconds"
        );
        ConfigurationException.Require(
            DrainSeconds is not { } drain || (drain >= 0 && drain <= TimeoutSeconds),
            "Shutdown__DrainSeconds",
            "must be 0 seconds or more, and at most Shutdown__TimeoutSeconds"
        );
    }
}
