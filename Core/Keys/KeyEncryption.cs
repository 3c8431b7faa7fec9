using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace FunctionsApp.Core.Keys;

/// <summary>
/// Encrypts private keys for the database: AES-256-GCM (NIST SP 800-38D) with purpose and kid as associated data. The encryption key comes
/// from
/// <see cref="KeyOptions.KeyEncryptionSecret"/>: by HKDF (RFC 5869) when that is 32 random bytes in Base64, else by PBKDF2 (RFC 8018)
/// with
/// <see cref="Iterations"/> iterations. It is computed once per process, since all keys of a database share one salt.
/// </summary>
/// <remarks>The text is <c>v1.{derivation}.{salt}.{nonce, ciphertext and tag}</c>, the last two in Base64url. Earlier versions stored
/// encrypted PKCS#8 in PEM.</remarks>
public sealed class KeyEncryption(KeyOptions options)
{
    /// <summary>PBKDF2 with HMAC-SHA-256, as OWASP's Password Storage Cheat Sheet recommends.</summary>
    public const int Iterations = 600_000;

    const string Hkdf = "v1.hkdf",
        Pbkdf2 = "v1.pbkdf2",
        PemStart = "-----BEGIN";
    const int SaltSize = 16,
        KeySize = 32,
        NonceSize = 12,
        TagSize = 16,
        RandomSecretLength = 44,
        MinDistinctCharacters = 20;

    readonly ConcurrentDictionary<string, Lazy<byte[]>> derived = new();
    volatile string? current;

    /// <summary>How many encryption keys this process has derived.</summary>
    internal int Derivations => derived.Count;

    string Secret => options.KeyEncryptionSecret is { Length: > 0 } secret ? secret : throw KeyOptions.SecretMissing();

    /// <summary>Whether a key was stored by a version from before this format.</summary>
    public static bool IsOldFormat(string text) => text.StartsWith(PemStart, StringComparison.Ordinal);

    /// <summary>Encrypts a private key.</summary>
    /// <exception cref="ConfigurationException">There is no secret.</exception>
    public string Encrypt(KeyPurpose purpose, string kid, ReadOnlySpan<byte> privateKey)
    {
        var derivation = current ??=
            $"{(RandomBytes(Secret) is null ? Pbkdf2 : Hkdf)}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SaltSize))}";
        var bytes = new byte[NonceSize + privateKey.Length + TagSize];
        var nonce = bytes.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(KeyOf(derivation), TagSize);
        aes.Encrypt(
            nonce,
            privateKey,
            bytes.AsSpan(NonceSize, privateKey.Length),
            bytes.AsSpan(NonceSize + privateKey.Length),
            AssociatedData(purpose, kid)
        );
        return $"{derivation}.{Base64Url.EncodeToString(bytes)}";
    }

    /// <summary>Decrypts a private key.</summary>
    /// <exception cref="CryptographicException">It was encrypted with another secret or for another kid or purpose, or was
    /// altered.</exception>
    /// <exception cref="ConfigurationException">There is no secret.</exception>
    public byte[] Decrypt(KeyPurpose purpose, string kid, string text)
    {
        if (IsOldFormat(text))
            return DecryptPem(text);
        var end = text.LastIndexOf('.');
        if (end < 0 || !Base64Url.IsValid(text.AsSpan(end + 1)))
            throw new CryptographicException("The stored key is damaged.");
        var bytes = Base64Url.DecodeFromChars(text.AsSpan(end + 1));
        if (bytes.Length < NonceSize + TagSize)
            throw new CryptographicException("The stored key is damaged.");
        var privateKey = new byte[bytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(KeyOf(text[..end]), TagSize);
        aes.Decrypt(
            bytes.AsSpan(0, NonceSize),
            bytes.AsSpan(NonceSize, privateKey.Length),
            bytes.AsSpan(^TagSize..),
            privateKey,
            AssociatedData(purpose, kid)
        );
        current = text[..end];
        return privateKey;
    }

    byte[] DecryptPem(string pem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromEncryptedPem(pem, Secret);
        return rsa.ExportPkcs8PrivateKey();
    }

    byte[] KeyOf(string derivation) => derived.GetOrAdd(derivation, one => new(() => Derive(one))).Value;

    byte[] Derive(string derivation)
    {
        var dot = derivation.LastIndexOf('.');
        if (dot < 0 || !Base64Url.IsValid(derivation.AsSpan(dot + 1)))
            throw new CryptographicException("The stored key is damaged.");
        var salt = Base64Url.DecodeFromChars(derivation.AsSpan(dot + 1));
        return derivation[..dot] switch
        {
            Hkdf => HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                RandomBytes(Secret) ?? throw Other(),
                KeySize,
                salt,
                "key encryption"u8.ToArray()
            ),
            Pbkdf2 => RandomBytes(Secret) is null
                ? Rfc2898DeriveBytes.Pbkdf2(Secret, salt, Iterations, HashAlgorithmName.SHA256, KeySize)
                : throw Other(),
            var other => throw new CryptographicException($"The stored key has the format '{other}', which this version does not know."),
        };
    }

    // What 'openssl rand -base64 32' prints: 44 characters with one '=' at the end, with as many different ones as chance gives. A sentence
    // does not look like that.
    static byte[]? RandomBytes(string secret)
    {
        var text = secret.Trim();
        var bytes = new byte[KeySize + 1];
        return
            text.Length == RandomSecretLength
            && text.Distinct().Count() >= MinDistinctCharacters
            && Convert.TryFromBase64String(text, bytes, out var size)
            && size == KeySize
            ? bytes[..KeySize]
            : null;
    }

    static CryptographicException Other() => new("The stored key was encrypted with another secret.");

    static byte[] AssociatedData(KeyPurpose purpose, string kid) => Encoding.UTF8.GetBytes($"{purpose.Name()}.{kid}");
}
