using System.Globalization;
using System.Text;

namespace FunctionsApp.Core;

/// <summary>Rules for text from clients that are the same for every module.</summary>
public static class TextRules
{
    /// <summary>
    /// False for a text that contains an unpaired surrogate, a noncharacter such as U+FFFE (Unicode reserves 66 that are never exchanged)
    /// or a NUL, which Postgres cannot store.
    /// </summary>
    public static bool IsWellFormed(string text)
    {
        if (text.Contains('\0'))
            return false;
        // Most texts contain nothing above U+D7FF: one vectorized search.
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uFFFF') < 0)
            return true;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                if (IsNoncharacter(text[i]))
                    return false;
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            if (IsNoncharacter(char.ConvertToUtf32(text[i], text[i + 1])))
                return false;
            i++;
        }

        return true;
    }

    /// <summary>
    /// False for control, format, private-use and unassigned characters, spaces, and characters that are drawn as nothing.
    /// </summary>
    public static bool IsVisible(Rune rune) =>
        !IsBlank(rune.Value)
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    static bool IsNoncharacter(int value) => (value & 0xFFFE) == 0xFFFE || value is >= 0xFDD0 and <= 0xFDEF;

    // The letters, marks and symbols that are drawn as nothing: Unicode's Default_Ignorable_Code_Point beyond the categories above, and the
    // blank Braille pattern.
    static bool IsBlank(int value) =>
        value
            is 0x034F
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or (>= 0x180B and <= 0x180F)
                or 0x2800
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFFA0
                or (>= 0xE0100 and <= 0xE01EF);
}
