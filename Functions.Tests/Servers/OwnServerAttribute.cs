using Xunit.v3;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>
/// Marks tests that do not use the shared server: they start what they need, or need none. A run against another host, which shares that
/// host's server, leaves them out with <c>--filter-not-trait server=own</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class OwnServerAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("server", "own")];
}
