namespace FunctionsApp.Core.Keys;

/// <summary>What a key signs.</summary>
public enum KeyPurpose
{
    /// <summary>Access tokens, RS256.</summary>
    AccessTokens,

    /// <summary>Codes of tickets, Ed25519.</summary>
    TicketCodes,

    /// <summary>Cursors of lists, HMAC-SHA-256.</summary>
    Cursors,
}

/// <summary>The purposes as the database and the command line spell them.</summary>
public static class KeyPurposes
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<KeyPurpose>().Select(purpose => purpose.Name())];

    public static string Name(this KeyPurpose purpose) =>
        purpose switch
        {
            KeyPurpose.AccessTokens => "access-tokens",
            KeyPurpose.TicketCodes => "ticket-codes",
            KeyPurpose.Cursors => "cursors",
            _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "Not a purpose."),
        };

    /// <summary>Reads what <see cref="Name"/> returns.</summary>
    /// <exception cref="ArgumentException">It is not such a name.</exception>
    public static KeyPurpose Parse(string name) =>
        name switch
        {
            "access-tokens" => KeyPurpose.AccessTokens,
            "ticket-codes" => KeyPurpose.TicketCodes,
            "cursors" => KeyPurpose.Cursors,
            _ => throw new ArgumentException($"'{name}' is not a purpose of a key.", nameof(name)),
        };
}
