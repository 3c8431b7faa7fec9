using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class AccountOptionsTests
{
    // Its session, which may have ended, is forgotten after two days.
    [Fact]
    public void An_access_token_is_valid_for_a_day_at_most()
    {
        new AccountOptions { AccessTokenLifetime = TimeSpan.FromDays(1) }.Check();

        var error = Assert.Throws<ConfigurationException>(() =>
            new AccountOptions { AccessTokenLifetime = TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1) }.Check()
        );
        Assert.Contains("Accounts__AccessTokenLifetime must be a second to a day", error.Message, StringComparison.Ordinal);
    }

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
