using System.Security.Cryptography;
using FsCheck;
using FsCheck.Xunit;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Core.Tests.Keys;

public sealed class KeyEncryptionTests
{
    static readonly string Random = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)(i * 37))]);

    [Property]
    public void A_value_encrypted_in_one_process_is_decrypted_in_another(NonEmptyArray<byte> key, NonNull<string> kid)
    {
        var text = New(Random).Encrypt(KeyPurpose.Cursors, kid.Get, key.Get);
        Assert.Equal(key.Get, New(Random).Decrypt(KeyPurpose.Cursors, kid.Get, text));
    }

    [Theory]
    [InlineData("a sentence of more than thirty-two characters")]
    [InlineData("CorrectHorseBatteryStapleCorrectHorseBattery")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void A_secret_that_is_not_random_bytes_goes_through_PBKDF2_once_for_all_keys(string secret)
    {
        var encryption = New(secret);
        string[] texts = [.. Enumerable.Range(0, 3).Select(i => encryption.Encrypt(KeyPurpose.Cursors, $"{i}", [1, 2, 3]))];
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal([1, 2, 3], encryption.Decrypt(KeyPurpose.Cursors, $"{i}", texts[i]));

        Assert.All(texts, text => Assert.StartsWith("v1.pbkdf2.", text, StringComparison.Ordinal));
        Assert.Equal(1, encryption.Derivations);
        Assert.True(KeyEncryption.Iterations >= 600_000);
    }

    [Fact]
    public void Random_bytes_go_through_HKDF_and_keys_added_later_share_the_salt_of_those_that_were_read()
    {
        var first = New(Random).Encrypt(KeyPurpose.Cursors, "a", [1]);
        var encryption = New($" {Random}\n");
        encryption.Decrypt(KeyPurpose.Cursors, "a", first);
        var second = encryption.Encrypt(KeyPurpose.Cursors, "b", [1]);

        Assert.StartsWith("v1.hkdf.", first, StringComparison.Ordinal);
        Assert.Equal(first.Split('.')[..3], second.Split('.')[..3]);
        Assert.NotEqual(first, second);
        Assert.Equal(1, encryption.Derivations);
    }

    [Fact]
    public void A_text_with_any_character_changed_is_refused()
    {
        var encryption = New(Random);
        var text = encryption.Encrypt(KeyPurpose.Cursors, "a", [1, 2, 3]);
        for (var i = 0; i < text.Length - 1; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            Assert.ThrowsAny<CryptographicException>(() => encryption.Decrypt(KeyPurpose.Cursors, "a", changed));
        }

        foreach (
            var nonsense in (string[])
                [
                    "",
                    "v1",
                    "v1.hkdf",
                    "v1.hkdf.AAAA.AAAA",
                    "v9.new.AAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                    "v1.hkdf.!.!",
                ]
        )
            Assert.ThrowsAny<CryptographicException>(() => encryption.Decrypt(KeyPurpose.Cursors, "a", nonsense));
    }

    [Fact]
    public void Without_a_secret_nothing_is_encrypted() =>
        Assert.Contains(
            "Accounts__KeyEncryptionSecret",
            Assert.Throws<ConfigurationException>(() => New(null).Encrypt(KeyPurpose.Cursors, "a", [1])).Message,
            StringComparison.Ordinal
        );

    static KeyEncryption New(string? secret) => new(new KeyOptions { KeyEncryptionSecret = secret });
}
