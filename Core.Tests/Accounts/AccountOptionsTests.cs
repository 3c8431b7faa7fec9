using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class AccountOptionsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("thirty-one characters, one less")]
    public void A_secret_that_is_missing_or_short_is_an_error_that_says_how_to_make_one(string? secret)
    {
        var error = Assert.Throws<ConfigurationException>(() =>
            new AccountOptions { KeyEncryptionSecret = secret }.CheckSecret(production: false)
        );
        Assert.Contains("Accounts__KeyEncryptionSecret", error.Message, StringComparison.Ordinal);
        Assert.Contains("openssl rand -base64 32", error.Message, StringComparison.Ordinal);
        new AccountOptions { KeyEncryptionSecret = secret }.Check();
        new AccountOptions { KeyEncryptionSecret = Pod.Secret }.CheckSecret(production: true);
    }

    [Fact]
    public void With_configured_signing_keys_no_secret_is_needed() =>
        new AccountOptions { SigningKeys = ["a key"] }.CheckSecret(production: true);

    [Theory]
    [InlineData("make-one-with-openssl-rand-base64-32")]
    [InlineData("development-only-change-me-before-production")]
    [InlineData("this is an EXAMPLE of a secret to set")]
    [InlineData("Please-Change-Me-before-you-go-online-ok")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("01234560123456012345601234560123456012345")]
    public void Sample_secrets_are_refused_in_production(string secret)
    {
        var error = Assert.Throws<ConfigurationException>(() =>
            new AccountOptions { KeyEncryptionSecret = secret }.CheckSecret(production: true)
        );
        Assert.Contains("sample", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, error.Message, StringComparison.Ordinal);
        new AccountOptions { KeyEncryptionSecret = secret }.CheckSecret(production: false);
    }

    [Fact]
    public void The_grace_of_refresh_tokens_has_to_be_longer_than_a_request_may_take()
    {
        new AccountOptions().CheckGrace(PostgresDatabase.LongestStatement("Host=db"));
        foreach (var settings in (string[])["Host=db;Timeout=9;Command Timeout=20", "Host=db;Command Timeout=0"])
        {
            var error = Assert.Throws<ConfigurationException>(() =>
                new AccountOptions().CheckGrace(PostgresDatabase.LongestStatement(settings))
            );
            Assert.Contains("Accounts__RefreshGrace", error.Message, StringComparison.Ordinal);
        }

        new AccountOptions { RefreshGrace = TimeSpan.FromSeconds(31) }.CheckGrace(
            PostgresDatabase.LongestStatement("Host=db;Timeout=9;Command Timeout=20")
        );
    }
}
