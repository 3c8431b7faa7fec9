using System.Globalization;
using System.Text;

namespace Core.Accounts;

/// <summary>
/// Usernames and e-mail addresses: what is allowed, and the form in which two spellings of the same name are equal
/// (Unicode NFKC, then case folded), which is what <c>identifiers</c> holds.
/// </summary>
public static class Identifier
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxUsernameLength = 64;

    /// <summary>In characters; RFC 5321 leaves 254 for an address.</summary>
    public const int MaxEmailLength = 254;

    /// <summary>Spellings that a reader takes for the same name give the same result: <c>Ｂob</c>, <c>BOB</c> and <c>bob</c>.</summary>
    public static string Normalise(string name)
    {
        var folded = name.Normalize(NormalizationForm.FormKC).ToUpperInvariant().ToLowerInvariant();
        return folded.Normalize(NormalizationForm.FormKC);
    }

    /// <summary>What is wrong with a username, or null. Any script; no spaces, no control or invisible characters.</summary>
    public static string? CheckUsername(string username)
    {
        if (!IsWellFormed(username)) return "Holds a character that is not valid Unicode text.";
        var length = username.EnumerateRunes().Count();
        if (length is 0 or > MaxUsernameLength) return $"Must be 1 to {MaxUsernameLength} characters long.";
        if (!username.EnumerateRunes().All(IsVisible)) return "May not hold spaces, control characters or invisible characters.";
        return Normalise(username).EnumerateRunes().All(IsVisible) ? null : "May not hold characters that stand for a space.";
    }

    /// <summary>What is wrong with an e-mail address, or null. One <c>@</c> with something on both sides: only a message sent there can tell more.</summary>
    public static string? CheckEmail(string email)
    {
        if (!IsWellFormed(email) || !email.EnumerateRunes().All(IsVisible)) return "May not hold spaces, control characters or invisible characters.";
        if (email.Length > MaxEmailLength) return $"Must be at most {MaxEmailLength} characters long.";
        var at = email.IndexOf('@');
        var domain = email.AsSpan(at + 1);
        return at < 1 || at > 64 || domain.IsEmpty || domain.Contains('@') || domain[0] is '.' or '-' || domain[^1] is '.' or '-' || domain.Contains("..", StringComparison.Ordinal)
            ? "Is not an e-mail address."
            : null;
    }

    /// <summary>False for a text with half of a surrogate pair, the noncharacter U+FFFE (.NET normalises neither) or a NUL (Postgres holds none).</summary>
    public static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '\0' or '\uFFFE') return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    static bool IsVisible(Rune rune) => !IsBlank(rune.Value) && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    // The letters, marks and symbols that are drawn as nothing: Unicode's Default_Ignorable_Code_Point beyond the categories above, and the blank Braille pattern.
    static bool IsBlank(int value) => value is
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xE0100 and <= 0xE01EF);
}
