using System.Text.Json.Serialization.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// A module's HTTP side: the folder and namespace <c>FunctionsApp.Functions.{Name}</c> with its functions, and how its bodies are
/// written as JSON.
/// </summary>
/// <param name="Name">The folder's name, the same as in Core.</param>
/// <param name="Json">The module's source-generated JSON contracts.</param>
/// <param name="Tags">Its sections in the documentation, in their order.</param>
public sealed record Module(string Name, IJsonTypeInfoResolver Json, params IReadOnlyList<ApiTag> Tags)
{
    /// <summary>Registers services that only the HTTP side needs.</summary>
    public Action<IServiceCollection> AddServices { get; init; } = _ => { };
}
