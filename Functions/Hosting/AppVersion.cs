using System.Reflection;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The version of the program, as traces, metrics and the log name it.</summary>
static class AppVersion
{
    /// <summary>Such as <c>1.0.0</c>, with the commit after a plus sign where the build knows it.</summary>
    public static string Value { get; } =
        typeof(AppVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
