using System.Diagnostics.Metrics;
using System.Reflection;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The version of the program, for probes, traces, metrics and the log.</summary>
static class AppVersion
{
    /// <summary>The name of the meter with the build's information.</summary>
    const string MeterName = "FunctionsApp.Hosting";

    static readonly Meter Meter = new(MeterName);

    /// <summary>For example <c>1.0.0</c>, followed by a plus sign and the commit if the build knows it.</summary>
    public static string Value { get; } =
        typeof(AppVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary><see cref="Value"/> without the commit.</summary>
    public static string Number => Parts[0];

    /// <summary>The commit from which the program was built; empty if the build did not know it.</summary>
    public static string Commit => Parts.Length > 1 ? Parts[1] : "";

    static string[] Parts { get; } = Value.Split('+', 2);

    /// <summary>
    /// Adds the metric <c>functionsapp_build_info</c>: always 1, with the version, the commit, the host for which the program was built and
    /// the version of .NET as labels, to be joined with other metrics.
    /// </summary>
    public static void AddMetric() =>
        Meter.CreateObservableGauge(
            "functionsapp.build.info",
            () =>
                new Measurement<int>(
                    1,
                    new("version", Number),
                    new("commit", Commit),
                    new("host", FunctionsAppHost.Name),
                    new("dotnet", Environment.Version.ToString())
                ),
            description: "The build of this process. The value is always 1."
        );
}
