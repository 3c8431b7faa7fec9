using FunctionsApp.Core.Keys;
using FunctionsApp.Core.Tests.Accounts;

namespace FunctionsApp.Core.Tests.Keys;

public sealed class KeyOptionsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("thirty-one characters, one less")]
    public void A_secret_that_is_missing_or_short_is_an_error_that_says_how_to_make_one(string? secret)
    {
        var error = Assert.Throws<ConfigurationException>(() =>
            new KeyOptions { KeyEncryptionSecret = secret }.CheckSecret(production: false)
        );
        Assert.Contains("Accounts__KeyEncryptionSecret", error.Message, StringComparison.Ordinal);
        Assert.Contains("openssl rand -base64 32", error.Message, StringComparison.Ordinal);
        new KeyOptions { KeyEncryptionSecret = secret }.Check();
        new KeyOptions { KeyEncryptionSecret = Pod.Secret }.CheckSecret(production: true);
    }

    [Fact]
    public void With_configured_signing_keys_no_secret_is_needed() =>
        new KeyOptions { SigningKeys = ["a key"] }.CheckSecret(production: true);

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
            new KeyOptions { KeyEncryptionSecret = secret }.CheckSecret(production: true)
        );
        Assert.Contains("sample", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, error.Message, StringComparison.Ordinal);
        new KeyOptions { KeyEncryptionSecret = secret }.CheckSecret(production: false);
    }
}
