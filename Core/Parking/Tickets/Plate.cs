using System.Globalization;
using System.Text;

namespace FunctionsApp.Core.Parking;

/// <summary>License plates of any country, in the form in which two spellings of the same plate are equal.</summary>
public static class Plate
{
    /// <summary>In letters and digits, spaces and hyphens left out.</summary>
    public const int MaxLength = 16;

    /// <summary>As it is written, with spaces and hyphens.</summary>
    public const int MaxWrittenLength = 64;

    /// <summary>Upper case, Unicode NFKC, without spaces and hyphens: <c>b-ab 12</c> and <c>BAB12</c> are one plate.</summary>
    /// <param name="plate">The normalized plate; empty when there is a problem.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Normalize(string written, out string plate)
    {
        plate = "";
        if (written.Length > MaxWrittenLength)
            return $"Must be at most {MaxWrittenLength} characters long.";
        if (!TextRules.IsWellFormed(written))
            return "Contains a character that is not valid Unicode text.";
        var folded = UnicodeNormalization.ComposeCompatible(UnicodeNormalization.ComposeCompatible(written).ToUpperInvariant());
        var runes = folded.EnumerateRunes().Where(rune => !IsSeparator(rune)).ToList();
        if (!runes.TrueForAll(IsLetterOrDigit))
            return "May hold letters and digits, spaces and hyphens only.";
        if (runes.Count is 0 or > MaxLength)
            return $"Must be 1 to {MaxLength} letters and digits long.";
        plate = string.Concat(runes);
        return null;
    }

    static bool IsSeparator(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.DashPunctuation;

    // Hangul fillers count as letters but are invisible.
    static bool IsLetterOrDigit(Rune rune) => Rune.IsLetterOrDigit(rune) && rune.Value is not (0x115F or 0x1160);
}
