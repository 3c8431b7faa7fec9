// The worker's attributes that functions use, for builds without its packages.
#pragma warning disable IDE0130 // The package's namespace, so that both builds use the same code.

namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Method)]
public sealed class FunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
