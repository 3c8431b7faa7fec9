using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Keys;

/// <summary>Keys that come from the settings.</summary>
public static class ConfiguredKeys
{
    /// <summary>The size of RSA keys, in bits: the least that a configured one may have, and that of new ones.</summary>
    public const int RsaSize = 2048;

    /// <summary>The RSA keys of <c>Accounts__SigningKeys</c>, at least one: the first signs.</summary>
    /// <exception cref="ConfigurationException">One is not an RSA private key.</exception>
    public static PurposeKeys<RsaSecurityKey> AccessTokens(string[] pems) =>
        First(
            pems.Select(
                (pem, i) =>
                {
                    using var rsa = RSA.Create();
                    try
                    {
                        rsa.ImportFromPem(pem);
                        if (rsa.KeySize < RsaSize)
                            throw new CryptographicException($"It has {rsa.KeySize} bits.");
                        return Rsa(rsa, KidOf(rsa));
                    }
                    catch (Exception e) when (e is ArgumentException or CryptographicException)
                    {
                        throw new ConfigurationException(
                            $"Accounts__SigningKeys__{i} is not an RSA private key in PEM of {RsaSize} bits or more. Make one with "
                                + $"'openssl genrsa {RsaSize}'.",
                            e
                        );
                    }
                }
            ),
            key => key.KeyId
        );

    /// <summary>The Ed25519 keys of <c>Tickets__CodeKeys</c>, at least one: the first signs.</summary>
    /// <exception cref="ConfigurationException">One is not 32 bytes in Base64.</exception>
    public static PurposeKeys<TicketCodeKey> TicketCodes(string[] seeds) =>
        First(
            seeds.Select(
                (text, i) =>
                {
                    var seed = new byte[TicketCodeKey.SeedSize + 1];
                    if (!Convert.TryFromBase64String(text, seed, out var size) || size != TicketCodeKey.SeedSize)
                        throw new ConfigurationException(
                            $"Tickets__CodeKeys__{i} is not 32 bytes in Base64. Make one with 'openssl rand -base64 32'."
                        );
                    return TicketCode(seed[..size]);
                }
            ),
            key => key.Kid
        );

    /// <summary>
    /// Keys of codes derived from the configured RSA keys, where there is no secret to keep others in the database: HKDF (RFC
    /// 5869).
    /// </summary>
    public static PurposeKeys<TicketCodeKey> DerivedTicketCodes(string[] pems) =>
        First(pems.Select(pem => TicketCode(Derive(pem, "ticket codes"))), key => key.Kid);

    /// <summary>Keys of cursors, derived like <see cref="DerivedTicketCodes"/>.</summary>
    public static PurposeKeys<CursorKey> DerivedCursors(string[] pems) =>
        First(pems.Select((pem, i) => new CursorKey($"{i}", Derive(pem, "cursors"))), key => key.Kid);

    /// <summary>A key for signing, by its parameters: an RSA object is not for several threads at once.</summary>
    public static RsaSecurityKey Rsa(RSA rsa, string kid) => new(rsa.ExportParameters(true)) { KeyId = kid };

    /// <summary>The key's thumbprint (RFC 7638), so that the same key has the same id everywhere.</summary>
    public static string KidOf(RSA rsa) =>
        Base64UrlEncoder.Encode(
            JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false))).ComputeJwkThumbprint()
        );

    static TicketCodeKey TicketCode(byte[] seed) => new(TicketCodeKey.KidOf(seed), seed);

    // An RSA private key has more entropy than any of these needs.
    static byte[] Derive(string pem, string use) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(pem), 32, info: Encoding.UTF8.GetBytes(use));

    static PurposeKeys<T> First<T>(IEnumerable<T> keys, Func<T, string> kid)
        where T : class
    {
        var all = keys.DistinctBy(kid).ToList();
        return new(all[0], all.ToDictionary(kid));
    }
}
