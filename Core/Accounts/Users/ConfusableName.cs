using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Names that a reader may take for one another. Two names are confusable when their skeletons are equal (Unicode Technical Standard #39,
/// section 4): decomposed, each character replaced by the prototype of all that look like it, and decomposed again. Here the letters of the
/// skeleton also lose their case, so that
/// <c>b0b</c> is taken for <c>bob</c>. The table is Unicode's confusables data 15.0 (Unicode License), without characters that no
/// normalized name contains.
/// </summary>
public static class ConfusableName
{
    // Names of the service, its operators, and the addresses that RFC 2142 reserves.
    static readonly string[] Reserved =
    [
        "abuse",
        "account",
        "accounts",
        "admin",
        "administration",
        "administrator",
        "admins",
        "anonymous",
        "api",
        "billing",
        "everyone",
        "functionsapp",
        "guest",
        "help",
        "helpdesk",
        "hostmaster",
        "info",
        "inspector",
        "inspectors",
        "login",
        "mail",
        "me",
        "moderator",
        "noc",
        "no-reply",
        "nobody",
        "noreply",
        "null",
        "official",
        "operator",
        "owner",
        "postmaster",
        "root",
        "sales",
        "security",
        "service",
        "signup",
        "staff",
        "superuser",
        "support",
        "sysadmin",
        "system",
        "team",
        "undefined",
        "webmaster",
        "www",
    ];

    static readonly FrozenDictionary<Rune, string> Prototypes = Read();

    static readonly FrozenSet<string> ReservedSkeletons = Reserved.Select(Skeleton).ToFrozenSet();

    /// <summary>The skeleton of a name.</summary>
    /// <param name="name">In the form in which names are compared.</param>
    public static string Skeleton(string name)
    {
        var replaced = new StringBuilder();
        foreach (var rune in UnicodeNormalization.Decompose(name).EnumerateRunes())
        {
            if (Prototypes.TryGetValue(rune, out var prototype))
                replaced.Append(prototype);
            else
                replaced.Append(rune);
        }

        return UnicodeNormalization.Decompose(replaced.ToString()).ToLowerInvariant();
    }

    /// <summary>
    /// The entry in the table of identifiers for all names that are confusable with this one. It starts with a space, which no name and no
    /// email address does.
    /// </summary>
    /// <param name="name">In the form in which names are compared.</param>
    public static string Identifier(string name) => $" {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Skeleton(name))))}";

    /// <summary>Whether a name is, or looks like, one that belongs to the service itself.</summary>
    /// <param name="name">In the form in which names are compared.</param>
    public static bool IsReserved(string name) => ReservedSkeletons.Contains(Skeleton(name));

    // Each line: a character, a space, its prototype.
    static FrozenDictionary<Rune, string> Read()
    {
        using var resource = typeof(ConfusableName).Assembly.GetManifestResourceStream("Accounts/Users/confusables.txt")!;
        using var reader = new StreamReader(resource);
        var prototypes = new Dictionary<Rune, string>();
        while (reader.ReadLine() is { } line)
        {
            var character = Rune.GetRuneAt(line, 0);
            prototypes.Add(character, line[(character.Utf16SequenceLength + 1)..]);
        }

        return prototypes.ToFrozenDictionary();
    }
}
