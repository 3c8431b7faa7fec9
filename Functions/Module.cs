using System.Text.Json.Serialization.Metadata;

namespace FunctionsApp.Functions;

/// <summary>
/// A module's HTTP side: the folder and namespace <c>FunctionsApp.Functions.{Name}</c> with its functions, and how its bodies are written as
/// JSON.
/// </summary>
/// <param name="Name">The folder's name, the same as in Core.</param>
/// <param name="Json">The module's source-generated JSON contracts.</param>
/// <param name="Tags">Its sections in the documentation, in their order.</param>
public sealed record Module(string Name, IJsonTypeInfoResolver Json, params IReadOnlyList<ApiTag> Tags);

/// <summary>A section of the documentation.</summary>
/// <param name="Name">What <c>[Tags]</c> of its functions says.</param>
/// <param name="Description">One sentence for the API's users.</param>
public sealed record ApiTag(string Name, string Description);
