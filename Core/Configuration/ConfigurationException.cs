namespace FunctionsApp.Core;

/// <summary>A setting is missing or invalid, so the program cannot run. The message names the setting and the fix.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Throws unless a setting's value is acceptable.</summary>
    /// <param name="holds">Whether the value is acceptable.</param>
    /// <param name="setting">The environment variable, such as <c>Trains__WaitlistLimit</c>.</param>
    /// <param name="rule">The accepted values, as the end of a sentence: "must be 0 to 10000".</param>
    /// <exception cref="ConfigurationException"><paramref name="holds"/> is false.</exception>
    public static void Require(bool holds, string setting, string rule)
    {
        if (!holds)
            throw new ConfigurationException($"{setting} {rule}.");
    }
}
