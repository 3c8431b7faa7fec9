using FunctionsApp.Functions.Tests.Conventions;

namespace FunctionsApp.Functions.Tests.Ledger;

public sealed class LedgerEndpoints : IEndpoints
{
    public IEnumerable<Endpoint> Endpoints =>
        [
            new(HttpMethod.Post, "/ledger/entries", ["type", "at", "symbol", "isin", "currency", "note"], Others: """{"amount": 10}"""),
            new(
                HttpMethod.Put,
                "/portfolio/settings",
                ["currency", "time_zone"],
                Others: """{"long_term_months": 12, "year_starts_in": 4}"""
            ),
            new(HttpMethod.Put, "/prices", ["symbol", "date"], Others: """{"symbol": "BADINPUT", "date": "2024-01-01", "close": 1}""")
            {
                IsArray = true,
            },
        ];
}
