using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class AccountOptionsTests
{
    [Fact]
    public void The_grace_of_refresh_tokens_has_to_be_longer_than_a_request_may_take()
    {
        new AccountOptions().CheckGrace(PostgresDatabase.LongestStatement("Host=db"));
        foreach (var settings in (string[])["Host=db;Timeout=10;Command Timeout=20", "Host=db;Command Timeout=0"])
        {
            var error = Assert.Throws<ConfigurationException>(() =>
                new AccountOptions().CheckGrace(PostgresDatabase.LongestStatement(settings))
            );
            Assert.Contains("Accounts__RefreshGrace", error.Message, StringComparison.Ordinal);
        }

        new AccountOptions { RefreshGrace = TimeSpan.FromSeconds(31) }.CheckGrace(
            PostgresDatabase.LongestStatement("Host=db;Timeout=10;Command Timeout=20")
        );
    }
}
