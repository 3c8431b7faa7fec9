using System.Reflection;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The version of the program, for traces, metrics and the log.</summary>
static class AppVersion
{
    /// <summary>For example <c>1.0.0</c>, followed by a plus sign and the commit if the build knows it.</summary>
    public static string Value { get; } =
        typeof(AppVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
