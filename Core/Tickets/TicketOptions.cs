namespace Core.Tickets;

/// <summary>The settings under <c>Tickets</c>.</summary>
public sealed class TicketOptions
{
    /// <summary>Ed25519 private keys, 32 bytes in Base64: the first signs codes, all verify them. Without any, one is derived from <c>Accounts__KeyEncryptionSecret</c>.</summary>
    public string[] CodeKeys { get; set; } = [];
}
