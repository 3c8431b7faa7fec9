namespace Core;

/// <summary>A setting is missing or wrong, so the program cannot run. The message says which one and what to do.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
