namespace FunctionsApp.Core;

/// <summary>That a section of the configuration is read into a type. Several types may share a section.</summary>
/// <param name="Name">The section's name, such as <c>Trains</c>.</param>
/// <param name="Type">An <see cref="ISettings"/> with a constructor without parameters.</param>
public sealed record SettingsSection(string Name, Type Type);
