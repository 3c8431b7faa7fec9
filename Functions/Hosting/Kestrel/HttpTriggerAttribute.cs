// The worker's attributes that functions use, for builds without its packages.
#pragma warning disable IDE0130 // The package's namespace, so that both builds use the same code.

namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
{
    public AuthorizationLevel AuthLevel { get; } = authLevel;

    public string[]? Methods { get; } = methods;

    public string? Route { get; set; }
}
