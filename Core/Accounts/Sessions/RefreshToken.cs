using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// A refresh token: the ids of the user and the session, the session's family secret and the token's own secret, as Base64url.
/// With the user id, finding it takes a single shard. The database holds hashes of both secrets only. The family secret is never
/// shared otherwise, so a token that contains it was once genuine: with another token secret it is one that was used before.
/// </summary>
public sealed class RefreshToken
{
    const int IdSize = 16,
        FamilySize = 16,
        SecretSize = 32,
        SaltSize = 16,
        Size = 2 * IdSize + FamilySize + SecretSize;

    readonly byte[] family,
        secret;

    RefreshToken(Guid userId, Guid sessionId, byte[] family, byte[] secret) =>
        (UserId, SessionId, this.family, this.secret) = (userId, sessionId, family, secret);

    public Guid UserId { get; }

    public Guid SessionId { get; }

    public byte[] FamilyHash => SHA256.HashData(family);

    public byte[] SecretHash => SHA256.HashData(secret);

    /// <summary>The first token of a new session.</summary>
    public static RefreshToken Create(Guid userId, Guid sessionId) =>
        new(userId, sessionId, RandomNumberGenerator.GetBytes(FamilySize), RandomNumberGenerator.GetBytes(SecretSize));

    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltSize);

    /// <summary>
    /// The token that replaces this one: HMAC-SHA-256 over a salt that only the database knows, keyed with this token's secret. A
    /// client that did not receive the response and sends this token again gets the same successor; the contents of the database are not
    /// enough to make it.
    /// </summary>
    public RefreshToken Next(byte[] salt) => new(UserId, SessionId, family, HMACSHA256.HashData(secret, salt));

    public static bool TryParse(string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token = null;
        if (text.Length != Base64Url.GetEncodedLength(Size) || !Base64Url.IsValid(text))
            return false;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length != Size)
            return false;
        token = new(
            new Guid(bytes.AsSpan(0, IdSize), bigEndian: true),
            new Guid(bytes.AsSpan(IdSize, IdSize), bigEndian: true),
            bytes[(2 * IdSize)..^SecretSize],
            bytes[^SecretSize..]
        );
        return true;
    }

    /// <summary>The text that the client gets.</summary>
    public override string ToString() =>
        Base64Url.EncodeToString([.. UserId.ToByteArray(bigEndian: true), .. SessionId.ToByteArray(bigEndian: true), .. family, .. secret]);
}
