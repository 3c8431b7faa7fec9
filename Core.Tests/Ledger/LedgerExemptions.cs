using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class LedgerExemptions : IExemptions
{
    public IEnumerable<Exemption> DoublePrecision =>
        [new("external_flows.growth", "a product of factors, from which only rates are shown")];
}
