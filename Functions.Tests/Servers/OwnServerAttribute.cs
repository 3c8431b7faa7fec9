using Xunit.v3;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>
/// Marks tests that do not use the shared server: they start their own, or need none. A run against a server under another host excludes
/// them with <c>--filter-not-trait server=own</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class OwnServerAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("server", "own")];
}
