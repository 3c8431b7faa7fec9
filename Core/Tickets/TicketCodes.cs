using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Core.Accounts;
using NSec.Cryptography;

namespace Core.Tickets;

/// <summary>What the code of a ticket says: which ticket it is. Seats and passengers are read from the ticket itself.</summary>
/// <param name="Kind"><see cref="Train"/> or <see cref="Parking"/>.</param>
/// <param name="Scope">The run or the lot.</param>
/// <param name="Ticket">The ticket's id.</param>
public sealed record TicketCode(char Kind, Guid Scope, Guid Ticket)
{
    public const char Train = 't', Parking = 'p';
}

/// <summary>A public key that verifies codes (RFC 8037).</summary>
/// <param name="X">Base64url.</param>
public sealed record TicketKey(string Kid, string X);

/// <summary>
/// The codes of tickets: JWS in compact form, signed with Ed25519 (RFC 7515, RFC 8037), so that whoever has the public key from the JWKS can verify one offline.
/// The same ticket always has the same code. Keys come from <c>Tickets__CodeKeys</c>, or are derived (HKDF, RFC 5869) from the secret that all pods share.
/// </summary>
public sealed class TicketCodes : IDisposable
{
    const int SeedSize = 32, MaxLength = 2048;

    static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;

    readonly List<(string Kid, string Header, Key Key)> keys = [];

    /// <exception cref="ConfigurationException">A key is not 32 bytes in Base64.</exception>
    public TicketCodes(TicketOptions options, AccountOptions accounts)
    {
        foreach (var seed in Seeds(options, accounts))
        {
            var key = Key.Import(Algorithm, seed, KeyBlobFormat.RawPrivateKey);
            var kid = Encode(SHA256.HashData(Public(key)).AsSpan(0, 8));
            keys.Add((kid, Encode(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["alg"] = "EdDSA", ["kid"] = kid })), key));
        }
    }

    /// <summary>Verify codes; the first belongs to the key that signs.</summary>
    public IReadOnlyList<TicketKey> PublicKeys => [.. keys.Select(one => new TicketKey(one.Kid, Encode(Public(one.Key))))];

    public string Sign(TicketCode code)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Payload(code.Kind.ToString(), Short(code.Scope), Short(code.Ticket)), TicketCodeJson.Default.Payload);
        var text = $"{keys[0].Header}.{Encode(payload)}";
        return $"{text}.{Encode(Algorithm.Sign(keys[0].Key, Encoding.ASCII.GetBytes(text)))}";
    }

    /// <summary>Reads a code that one of the keys signed.</summary>
    public bool TryRead(string text, [NotNullWhen(true)] out TicketCode? code)
    {
        code = null;
        if (text.Length > MaxLength || text.Split('.') is not [var header, var payload, var signature]) return false;
        if (keys.Find(one => one.Header == header) is not { Key: { } key }) return false;
        if (!Base64Url.IsValid(payload) || !Base64Url.IsValid(signature)) return false;
        var bytes = Base64Url.DecodeFromChars(signature);
        // One spelling only: the last character of Base64 holds bits that no byte needs.
        if (Encode(bytes) != signature || !Algorithm.Verify(key.PublicKey, Encoding.ASCII.GetBytes($"{header}.{payload}"), bytes)) return false;
        var read = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(payload), TicketCodeJson.Default.Payload)!;
        code = new(read.Kind[0], Long(read.Scope), Long(read.Ticket));
        return true;
    }

    public void Dispose() => keys.ForEach(one => one.Key.Dispose());

    static IEnumerable<byte[]> Seeds(TicketOptions options, AccountOptions accounts)
    {
        for (var i = 0; i < options.CodeKeys.Length; i++)
        {
            var seed = new byte[SeedSize + 1];
            if (!Convert.TryFromBase64String(options.CodeKeys[i], seed, out var size) || size != SeedSize)
                throw new ConfigurationException($"Tickets__CodeKeys__{i} is not 32 bytes in Base64. Make one with 'openssl rand -base64 32'.");
            yield return seed[..SeedSize];
        }

        if (options.CodeKeys.Length > 0) yield break;
        var secrets = accounts.KeyEncryptionSecret is { Length: > 0 } secret ? [secret] : accounts.SigningKeys;
        foreach (var one in secrets) yield return HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(one), SeedSize, info: "ticket codes"u8.ToArray());
    }

    static byte[] Public(Key key) => key.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    static string Short(Guid id) => Encode(id.ToByteArray(bigEndian: true));

    static Guid Long(string id) => new(Base64Url.DecodeFromChars(id), bigEndian: true);
}
