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
