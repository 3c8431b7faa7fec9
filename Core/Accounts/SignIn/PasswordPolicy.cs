using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// The rules for passwords, after NIST SP 800-63B: length and a list of the most common ones, no composition rules.
/// </summary>
public static class PasswordPolicy
{
    /// <summary>In Unicode code points, as SP 800-63B counts.</summary>
    public const int MinLength = 8;

    /// <summary>In Unicode code points.</summary>
    public const int MaxLength = 256;

    /// <summary>
    /// The longest text that is compared with a password, in UTF-16 code units: the characters of <see cref="MaxLength"/>, decomposed, are
    /// no more.
    /// </summary>
    public const int MaxWrittenLength = 2048;

    const int UnitsPerCodePoint = 2;

    static readonly FrozenSet<string> Common = ReadCommon();

    /// <summary>A random password of 20 letters and digits, about 114 bits, without those that are easily confused.</summary>
    public static string NewPassword() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 20);

    /// <summary>What is wrong with a new password, or null.</summary>
    /// <param name="password">As typed.</param>
    /// <param name="identifiers">The account's own names, which must not be its password.</param>
    public static string? Check(string password, params ReadOnlySpan<string?> identifiers)
    {
        if (password.Length > UnitsPerCodePoint * MaxLength)
            return LengthRule;
        if (!IsText(password))
            return "Contains a character that is not valid Unicode text.";
        if (password.EnumerateRunes().Count() is < MinLength or > MaxLength)
            return LengthRule;
        var normalized = UnicodeNormalization.ComposeCompatible(password);
        if (Common.Contains(normalized.ToLowerInvariant()))
            return "Is one of the most common passwords. Choose another.";
        foreach (var identifier in identifiers)
        {
            // An invalid identifier is reported separately.
            if (identifier is not null && Identifier.TryNormalize(identifier) is { } name && Identifier.TryNormalize(normalized) == name)
                return "Must not be the account's own name.";
        }

        return null;
    }

    /// <summary>
    /// The input for BCrypt: SHA-384 of the normalized password in Base64, 64 characters. BCrypt alone drops what comes after
    /// 72 bytes and stops at a NUL.
    /// </summary>
    /// <param name="password">At most <see cref="MaxWrittenLength"/> long.</param>
    public static string Prehash(string password)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(password.Length, MaxWrittenLength);
        var text = UnicodeNormalization.CanNormalize(password) ? UnicodeNormalization.ComposeCompatible(password) : password;
        return Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(text)));
    }

    static string LengthRule => $"Must be {MinLength} to {MaxLength} characters long.";

    // A NUL is a character like any other here; half a surrogate pair is not.
    static bool IsText(string password) => TextRules.IsWellFormed(password.Replace('\0', ' '));

    static FrozenSet<string> ReadCommon()
    {
        // 18,000 passwords of 8 characters or more, in lower case and NFKC, from the list of @zxcvbn-ts/language-common 4.1.3 (MIT
        // license).
        using var resource = typeof(PasswordPolicy).Assembly.GetManifestResourceStream("Accounts/SignIn/common-passwords.txt.gz")!;
        using var unpacked = new GZipStream(resource, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet();
    }
}
