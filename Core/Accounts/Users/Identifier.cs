using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Usernames and email addresses: what is allowed, and the form in which two spellings of the same name are equal
/// (Unicode NFKC, then case-folded), which is stored in the table <c>identifiers</c>.
/// </summary>
public static class Identifier
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxUsernameLength = 64;

    /// <summary>In characters; RFC 5321 leaves 254 for an address.</summary>
    public const int MaxEmailLength = 254;

    /// <summary>
    /// The longest text that is compared with names, in UTF-16 code units: a name may be longer as it was typed, in a
    /// decomposed form.
    /// </summary>
    public const int MaxWrittenLength = 3 * 256;

    /// <summary>The longest name in the form in which names are compared, in bytes of UTF-8.</summary>
    public const int MaxStoredBytes = 2048;

    const int UnitsPerCodePoint = 2;

    /// <summary>
    /// The form in which names are compared, or null for a text that is too long to be a name or that is not valid Unicode
    /// text.
    /// </summary>
    public static string? TryNormalize(string name) =>
        name.Length <= MaxWrittenLength && TextRules.IsWellFormed(name) ? Normalize(name) : null;

    /// <summary>Spellings of the same name give the same result: <c>Ｂob</c>, <c>BOB</c> and <c>bob</c>.</summary>
    public static string Normalize(string name)
    {
        var folded = UnicodeNormalization.ComposeCompatible(name).ToUpperInvariant().ToLowerInvariant();
        return UnicodeNormalization.ComposeCompatible(folded);
    }

    /// <summary>The form in which names are stored and shown (NFC).</summary>
    [return: NotNullIfNotNull(nameof(name))]
    public static string? Compose(string? name) => name is null ? null : UnicodeNormalization.Compose(name);

    /// <summary>What is wrong with a username, or null. Any script; no spaces, no control or invisible characters.</summary>
    public static string? CheckUsername(string username)
    {
        if (username.Length > UnitsPerCodePoint * MaxUsernameLength)
            return UsernameLengthRule;
        if (!TextRules.IsWellFormed(username))
            return "Contains a character that is not valid Unicode text.";
        if (username.EnumerateRunes().Count() is 0 or > MaxUsernameLength)
            return UsernameLengthRule;
        if (!username.EnumerateRunes().All(TextRules.IsVisible))
            return "Must not contain spaces, control characters or invisible characters.";
        var normalized = Normalize(username);
        if (IsTooLongToStore(normalized))
            return UsernameLengthRule;
        if (!normalized.EnumerateRunes().All(TextRules.IsVisible))
            return "Must not contain characters that represent a space.";
        if (normalized.Contains('@'))
            return "Must not look like an email address: it must not contain an @.";
        return ConfusableName.IsReserved(normalized) ? "Is reserved, or looks like a name that is." : null;
    }

    /// <summary>
    /// What is wrong with an email address, or null. One <c>@</c> with something on both sides: only a message sent there can
    /// show more.
    /// </summary>
    public static string? CheckEmail(string email)
    {
        if (email.Length > MaxEmailLength)
            return EmailLengthRule;
        if (!TextRules.IsWellFormed(email) || !email.EnumerateRunes().All(TextRules.IsVisible))
            return "Must not contain spaces, control characters or invisible characters.";
        if (IsTooLongToStore(Normalize(email)))
            return EmailLengthRule;
        var at = email.IndexOf('@');
        var domain = email.AsSpan(at + 1);
        return
            at < 1
            || at > 64
            || domain.IsEmpty
            || domain.Contains('@')
            || domain[0] is '.' or '-'
            || domain[^1] is '.' or '-'
            || domain.Contains("..", StringComparison.Ordinal)
            ? "Is not an email address."
            : null;
    }

    // Some characters expand to up to eighteen others. An entry of a Postgres index has at most 2,704 bytes, which text that compresses may
    // exceed.
    static bool IsTooLongToStore(string normalized) => Encoding.UTF8.GetByteCount(normalized) > MaxStoredBytes;

    static string UsernameLengthRule => $"Must be 1 to {MaxUsernameLength} characters long.";

    static string EmailLengthRule => $"Must be at most {MaxEmailLength} characters long.";
}
