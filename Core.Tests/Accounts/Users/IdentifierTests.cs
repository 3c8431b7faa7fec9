using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class IdentifierTests
{
    [Property(MaxTest = 2000)]
    public Property Normalizing_twice_is_normalizing_once() =>
        Prop.ForAll(UnicodeText.Any, text => Identifier.Normalize(Identifier.Normalize(text)) == Identifier.Normalize(text));

    [Fact]
    public void Normalizing_twice_is_normalizing_once_for_every_character()
    {
        var changed = Characters.Where(text => Identifier.Normalize(Identifier.Normalize(text)) != Identifier.Normalize(text));
        Assert.Empty(changed);
    }

    [Property(MaxTest = 2000)]
    public Property Composed_and_decomposed_spellings_are_equal() =>
        Prop.ForAll(
            UnicodeText.Any,
            text =>
                Enum.GetValues<NormalizationForm>().All(form => Identifier.Normalize(text.Normalize(form)) == Identifier.Normalize(text))
        );

    [Fact]
    public void Every_characters_upper_and_lower_case_are_equal()
    {
        var different = Characters.Where(text =>
            Identifier.Normalize(text.ToUpperInvariant()) != Identifier.Normalize(text)
            || Identifier.Normalize(text.ToLowerInvariant()) != Identifier.Normalize(text)
        );
        Assert.Empty(different);
    }

    [Theory]
    [InlineData("bob", "BOB")]
    [InlineData("bob", "Ｂｏｂ")]
    [InlineData("bob1", "ｂｏｂ１")]
    [InlineData("José", "Jose\u0301")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [InlineData("straße", "STRAẞE")]
    [InlineData("ガ", "ｶﾞ")]
    [InlineData("한", "\u1112\u1161\u11AB")]
    [InlineData("kelvin", "\u212Aelvin")]
    [InlineData("ﬁsh", "FISH")]
    [InlineData("Ångström", "\u212Bngstro\u0308m")]
    public void Spellings_of_one_name_are_equal(string one, string other) =>
        Assert.Equal(Identifier.Normalize(one), Identifier.Normalize(other));

    [Theory]
    [InlineData("bob", "bob1")]
    [InlineData("bob", "bоb")]
    [InlineData("jose", "josé")]
    [InlineData("a.b@example.com", "ab@example.com")]
    public void Different_names_stay_different(string one, string other) =>
        Assert.NotEqual(Identifier.Normalize(one), Identifier.Normalize(other));

    [Fact]
    public void A_username_has_1_to_64_code_points()
    {
        Assert.NotNull(Identifier.CheckUsername(""));
        Assert.Null(Identifier.CheckUsername("a"));
        foreach (var character in (string[])["a", "é", "漢", "😀", "𐐀"])
        {
            Assert.Null(Identifier.CheckUsername(string.Concat(Enumerable.Repeat(character, 64))));
            Assert.NotNull(Identifier.CheckUsername(string.Concat(Enumerable.Repeat(character, 65))));
        }
    }

    [Theory]
    [InlineData("bob")]
    [InlineData("Åsa")]
    [InlineData("Jose\u0301")]
    [InlineData("张伟")]
    [InlineData("محمد")]
    [InlineData("नरेश")]
    [InlineData("😀")]
    [InlineData("o'neill-smith_1")]
    [InlineData("0")]
    public void Names_of_any_script_are_usernames(string username) => Assert.Null(Identifier.CheckUsername(username));

    [Theory]
    [InlineData(" ", "space")]
    [InlineData("\t", "tab")]
    [InlineData("\n", "line feed")]
    [InlineData("\0", "NUL")]
    [InlineData("\u007f", "delete")]
    [InlineData("\u00a0", "no-break space")]
    [InlineData("\u00ad", "soft hyphen")]
    [InlineData("\u034f", "combining grapheme joiner")]
    [InlineData("\u115f", "Hangul choseong filler")]
    [InlineData("\u1160", "Hangul jungseong filler")]
    [InlineData("\u17b4", "Khmer inherent vowel")]
    [InlineData("\u180b", "Mongolian variation selector")]
    [InlineData("\u200b", "zero-width space")]
    [InlineData("\u200d", "zero-width joiner")]
    [InlineData("\u202e", "right-to-left override")]
    [InlineData("\u2028", "line separator")]
    [InlineData("\u2060", "word joiner")]
    [InlineData("\u2800", "blank Braille pattern")]
    [InlineData("\u3000", "ideographic space")]
    [InlineData("\u3164", "Hangul filler")]
    [InlineData("\ufe0f", "variation selector")]
    [InlineData("\ufeff", "byte order mark")]
    [InlineData("\uffa0", "half-width Hangul filler")]
    [InlineData("\ue000", "private use")]
    [InlineData("\uffff", "noncharacter")]
    [InlineData("\ufffe", "noncharacter")]
    [InlineData("\U000e0041", "tag")]
    [InlineData("\U000e0100", "variation selector supplement")]
    public void Invisible_characters_are_refused_in_names(string character, string what)
    {
        foreach (var name in (string[])[character, $"bob{character}", $"{character}bob", $"b{character}ob"])
        {
            Assert.True(Identifier.CheckUsername(name) is not null, $"{what} in a username");
            Assert.True(Identifier.CheckEmail($"{name}@example.com") is not null, $"{what} in an email address");
        }
    }

    // Not in the theory: an attribute's text is UTF-8.
    [Fact]
    public void Half_a_surrogate_pair_is_refused_in_names()
    {
        foreach (var half in (string[])["\ud83d", "\ude00", "\ude00\ud83d", "\ud83d\ud83d\ude00"])
        {
            Assert.False(TextRules.IsWellFormed(half));
            Assert.NotNull(Identifier.CheckUsername($"b{half}ob"));
            Assert.NotNull(Identifier.CheckEmail($"b{half}ob@example.com"));
        }
    }

    [Theory]
    [InlineData("bob@example.com")]
    [InlineData("@bob")]
    [InlineData("bob\uff20example.com")]
    [InlineData("bob\ufe6bexample.com")]
    public void A_username_that_looks_like_an_email_address_is_refused(string username) =>
        Assert.Contains("email", Identifier.CheckUsername(username), StringComparison.Ordinal);

    [Theory]
    [InlineData("admin")]
    [InlineData("Admin")]
    [InlineData("\u0430dmin")]
    [InlineData("\uff21\uff44\uff4d\uff49\uff4e")]
    [InlineData("adrnin")]
    [InlineData("supp0rt")]
    [InlineData("r\u043e\u043et")]
    [InlineData("webmaster")]
    public void Reserved_usernames_and_those_that_look_like_them_are_refused(string username) =>
        Assert.Contains("reserved", Identifier.CheckUsername(username), StringComparison.Ordinal);

    [Fact]
    public void A_username_with_a_character_that_represents_a_space_is_refused() => Assert.NotNull(Identifier.CheckUsername("bob\u00a8"));

    [Theory]
    [InlineData("a@b")]
    [InlineData("bob@example.com")]
    [InlineData("bob+tag@sub.example.co.uk")]
    [InlineData("用户@例子.中国")]
    [InlineData("!#$%&'*+/=?^_`{|}~@example.com")]
    public void Email_addresses_are_accepted(string email) => Assert.Null(Identifier.CheckEmail(email));

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("bob")]
    [InlineData("bob@")]
    [InlineData("@example.com")]
    [InlineData("bob@@example.com")]
    [InlineData("bob@x@example.com")]
    [InlineData("bob@.example.com")]
    [InlineData("bob@example.com.")]
    [InlineData("bob@example..com")]
    [InlineData("bob@-example.com")]
    [InlineData("bob@example-")]
    [InlineData("bob @example.com")]
    [InlineData("bob@example .com")]
    public void An_invalid_email_address_is_refused(string email) => Assert.NotNull(Identifier.CheckEmail(email));

    [Fact]
    public void An_email_address_has_at_most_64_characters_before_the_at_and_254_in_all()
    {
        Assert.Null(Identifier.CheckEmail(new string('a', 64) + "@example.com"));
        Assert.NotNull(Identifier.CheckEmail(new string('a', 65) + "@example.com"));
        Assert.Null(Identifier.CheckEmail("a@" + new string('b', 252)));
        Assert.NotNull(Identifier.CheckEmail("a@" + new string('b', 253)));
    }

    [Property(MaxTest = 1000)]
    public void Any_text_can_be_checked(NonNull<string> text, char more)
    {
        var name = text.Get + more;
        var allowed = Identifier.CheckUsername(name) is null | Identifier.CheckEmail(name) is null;

        if (TextRules.IsWellFormed(name))
            Assert.True(TextRules.IsWellFormed(Identifier.Normalize(name)));
        else
            Assert.False(allowed);
    }

    // The longest expansion of one character by NFKC: U+FDFA becomes 18.
    [Fact]
    public void A_name_that_grows_when_normalized_is_bounded_as_it_is_stored()
    {
        Assert.NotNull(Identifier.CheckUsername(new string('\uFDFA', 64)));
        Assert.NotNull(Identifier.CheckEmail(new string('\uFDFA', 64) + "@example.org"));
        Assert.Null(Identifier.CheckUsername(new string('\uFB01', 64)));
    }

    [Fact]
    public void A_name_that_is_not_valid_is_never_compared()
    {
        foreach (var name in (string[])["bob\ufffe", "bob\ud83d", new string('a', Identifier.MaxWrittenLength + 1)])
            Assert.Null(Identifier.TryNormalize(name));
    }

    static IEnumerable<string> Characters =>
        Enumerable
            .Range(0, 0x110000)
            .Where(value => Rune.IsValid(value) && value != 0xFFFE)
            .Select(value => new Rune(value).ToString())
            .Where(TextRules.IsWellFormed);
}
