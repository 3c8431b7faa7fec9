namespace FunctionsApp.Core;

/// <summary>A configuration section and the type that it is bound to. Several types may share a section.</summary>
/// <param name="Name">The section's name, such as <c>Trains</c>.</param>
/// <param name="Type">An <see cref="ISettings"/> with a constructor without parameters.</param>
public sealed record SettingsSection(string Name, Type Type);
