using System.Text.Json.Serialization.Metadata;

namespace Functions;

/// <summary>A module's HTTP side: the folder and namespace <c>Functions.{Name}</c> with its functions, and how its bodies are written as JSON.</summary>
/// <param name="Name">The folder's name, the same as in Core.</param>
/// <param name="Json">The module's source-generated JSON contracts.</param>
public sealed record Module(string Name, IJsonTypeInfoResolver Json);
