using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using NSec.Cryptography;

namespace FunctionsApp.Core.Keys;

/// <summary>A key of the codes of tickets: Ed25519 (RFC 8037). The native library is loaded when it is first used.</summary>
/// <param name="kid">As <see cref="KidOf"/> makes it from the same seed.</param>
/// <param name="seed">The private key, 32 bytes.</param>
public sealed class TicketCodeKey(string kid, byte[] seed)
{
    public const int SeedSize = 32;

    const int KidSize = 8;

    static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;

    readonly Lazy<Key> key = new(() => Import(seed));

    public string Kid => kid;

    /// <summary>The protected header of a code that this key signs, in Base64url: always the same text.</summary>
    public string Header { get; } =
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["alg"] = "EdDSA", ["kid"] = kid }));

    /// <summary>The public key, 32 bytes.</summary>
    public byte[] PublicKey => key.Value.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    /// <summary>The key id of a seed: the first bytes of the public key's SHA-256, in Base64url.</summary>
    public static string KidOf(byte[] seed)
    {
        using var key = Import(seed);
        return Base64Url.EncodeToString(SHA256.HashData(key.PublicKey.Export(KeyBlobFormat.RawPublicKey)).AsSpan(0, KidSize));
    }

    public byte[] Sign(ReadOnlySpan<byte> data) => Algorithm.Sign(key.Value, data);

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => Algorithm.Verify(key.Value.PublicKey, data, signature);

    static Key Import(byte[] seed) => Key.Import(Algorithm, seed, KeyBlobFormat.RawPrivateKey);
}
