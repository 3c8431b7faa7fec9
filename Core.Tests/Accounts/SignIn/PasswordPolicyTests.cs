using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class PasswordPolicyTests
{
    [Theory]
    [InlineData("k")]
    [InlineData("é")]
    [InlineData("漢")]
    [InlineData("😀")]
    [InlineData(" ")]
    public void A_password_has_8_to_256_code_points(string character)
    {
        Assert.NotNull(PasswordPolicy.Check(Repeat(character, 7)));
        Assert.Null(PasswordPolicy.Check(Repeat(character, 8)));
        Assert.Null(PasswordPolicy.Check(Repeat(character, 256)));
        Assert.NotNull(PasswordPolicy.Check(Repeat(character, 257)));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("PASSWORD")]
    [InlineData("PassWord1")]
    [InlineData("ｐａｓｓｗｏｒｄ")]
    [InlineData("12345678")]
    [InlineData("１２３４５６７８")]
    [InlineData("QwertyUiop")]
    public void Common_passwords_are_refused_in_any_case_and_width(string password) => Assert.NotNull(PasswordPolicy.Check(password));

    [Fact]
    public void Every_line_of_the_list_that_is_long_enough_can_be_met()
    {
        using var reader = new StreamReader(
            new System.IO.Compression.GZipStream(
                typeof(PasswordPolicy).Assembly.GetManifestResourceStream("Accounts/SignIn/common-passwords.txt.gz")!,
                System.IO.Compression.CompressionMode.Decompress
            )
        );
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(lines.Length > 10_000);
        Assert.All(lines, line => Assert.Contains("common", PasswordPolicy.Check(line.ToUpperInvariant()), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("kkkkkkkk")]
    [InlineData("пароль на русском")]
    [InlineData("tab\tand\nline")]
    [InlineData("with\0a NUL")]
    public void Passwords_have_no_composition_rules(string password) =>
        Assert.Null(PasswordPolicy.Check(password, "bob", "bob@example.com", null));

    [Theory]
    [InlineData("bobby-tables")]
    [InlineData("BOBBY-Tables")]
    [InlineData("ｂobby-tables")]
    [InlineData("bobby@example.com")]
    [InlineData("Bobby@Example.com")]
    public void The_accounts_own_names_are_refused_as_passwords(string password) =>
        Assert.Contains("own name", PasswordPolicy.Check(password, "Bobby-Tables", "bobby@example.com"), StringComparison.Ordinal);

    // Not a theory: an attribute's text is UTF-8.
    [Fact]
    public void Invalid_Unicode_text_is_refused()
    {
        foreach (
            var password in (string[])["half a pair \ud83d", "\ude00 half a pair", "wrong \ude00\ud83d way round", "not a character \ufffe"]
        )
            Assert.NotNull(PasswordPolicy.Check(password));
    }

    [Property(MaxTest = 1000)]
    public void Any_text_can_be_checked_and_hashed(string?[] parts, char more)
    {
        var password = string.Concat(parts) + more;
        if (password.Length > PasswordPolicy.MaxWrittenLength)
            password = password[^PasswordPolicy.MaxWrittenLength..];
        PasswordPolicy.Check(password, "bob", null);
        Assert.Equal(64, PasswordPolicy.Prehash(password).Length);
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('a')]
    [InlineData('\uffff')]
    [InlineData('\ufffe')]
    [InlineData('\ud800')]
    public void Any_character_can_be_checked_and_hashed(char character)
    {
        PasswordPolicy.Check($"password {character}", "bob", null);
        Assert.Equal(64, PasswordPolicy.Prehash($"password {character}").Length);
    }

    // Not a theory: an attribute's text is UTF-8.
    [Fact]
    public void A_name_that_is_not_valid_Unicode_text_does_not_affect_the_check_of_the_password()
    {
        foreach (var name in (string[])["bob\ufffe", "bob\ud83d", new string('a', 100_000)])
            Assert.Null(PasswordPolicy.Check("correct horse", name, name));
    }

    // Existing hashes must still match: a password that is no longer allowed may be in use.
    [Fact]
    public void A_noncharacter_does_not_keep_the_rest_of_a_password_from_being_normalized() =>
        Assert.Equal(PasswordPolicy.Prehash("e\u0301\uffff"), PasswordPolicy.Prehash("\u00e9\uffff"));

    [Fact]
    public void Bytes_after_the_72nd_count()
    {
        var long72 = new string('k', 72);
        Assert.NotEqual(PasswordPolicy.Prehash(long72 + "a"), PasswordPolicy.Prehash(long72 + "b"));
        Assert.NotEqual(PasswordPolicy.Prehash(long72), PasswordPolicy.Prehash(long72 + "a"));
    }

    [Fact]
    public void A_NUL_does_not_truncate_the_password()
    {
        Assert.NotEqual(PasswordPolicy.Prehash("secret\0a"), PasswordPolicy.Prehash("secret\0b"));
        Assert.NotEqual(PasswordPolicy.Prehash("secret"), PasswordPolicy.Prehash("secret\0"));
        Assert.NotEqual(PasswordPolicy.Prehash("secret "), PasswordPolicy.Prehash("secret\0"));
    }

    [Property]
    public Property What_BCrypt_gets_is_at_most_72_bytes_without_a_NUL() =>
        Prop.ForAll(
            UnicodeText.Any,
            password => Encoding.UTF8.GetBytes(PasswordPolicy.Prehash(password)) is { Length: <= 72 } bytes && !bytes.Contains((byte)0)
        );

    [Property(MaxTest = 1000)]
    public Property Spellings_of_one_text_are_one_password_and_the_case_counts() =>
        Prop.ForAll(
            UnicodeText.Any,
            password =>
            {
                Assert.All(
                    Enum.GetValues<NormalizationForm>(),
                    form => Assert.Equal(PasswordPolicy.Prehash(password), PasswordPolicy.Prehash(password.Normalize(form)))
                );
                Assert.NotEqual(PasswordPolicy.Prehash("a" + password), PasswordPolicy.Prehash("A" + password));
            }
        );

    static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
