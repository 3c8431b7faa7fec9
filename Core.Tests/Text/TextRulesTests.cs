using System.Text;
using FsCheck.Xunit;

namespace FunctionsApp.Core.Tests;

public sealed class TextRulesTests
{
    [Property(MaxTest = 1000)]
    public void Text_is_well_formed_if_it_survives_UTF_8_without_NUL_and_noncharacters(char[] characters)
    {
        var text = new string(characters);
        var survives = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text && !text.Contains('\0');
        Assert.Equal(survives && !text.EnumerateRunes().Any(IsNoncharacter), TextRules.IsWellFormed(text));
    }

    [Fact]
    public void All_66_noncharacters_are_refused()
    {
        var refused = Enumerable
            .Range(1, 0x10FFFF)
            .Where(Rune.IsValid)
            .Where(value => !TextRules.IsWellFormed(new Rune(value).ToString()))
            .ToList();

        Assert.Equal(66, refused.Count);
        Assert.All(refused, value => Assert.True(IsNoncharacter(new Rune(value))));
    }

    // The Unicode Standard, 23.7: the last two code points of each plane, and U+FDD0 to U+FDEF.
    static bool IsNoncharacter(Rune rune) => rune.Value % 0x10000 >= 0xFFFE || rune.Value is >= 0xFDD0 and < 0xFDF0;
}
