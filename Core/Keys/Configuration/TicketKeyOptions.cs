namespace FunctionsApp.Core.Keys;

/// <summary>The settings of section <c>Tickets</c> for keys.</summary>
public sealed class TicketKeyOptions : ISettings
{
    /// <summary>
    /// Ed25519 private keys, 32 bytes in Base64: the first signs codes, all verify them. Without any, they are kept in the
    /// database.
    /// </summary>
    public string[] CodeKeys { get; set; } = [];

    /// <exception cref="ConfigurationException">A key is not 32 bytes in Base64.</exception>
    public void Check()
    {
        for (var i = 0; i < CodeKeys.Length; i++)
        {
            var bytes = new byte[64];
            ConfigurationException.Require(
                Convert.TryFromBase64String(CodeKeys[i] ?? "", bytes, out var length) && length == 32,
                $"Tickets__CodeKeys__{i}",
                "must be an Ed25519 key: 32 bytes in Base64, from 'openssl rand -base64 32'"
            );
        }
    }
}
