using System.Buffers.Text;
using System.Security.Cryptography;

namespace FunctionsApp.Core;

/// <summary>A key of cursors: 32 random bytes for HMAC-SHA-256.</summary>
public sealed record CursorKey(string Kid, byte[] Secret)
{
    public const int SecretSize = 32;

    const int KidSize = 8;

    /// <summary>An id for a new key. It stays in the database: cursors do not carry it.</summary>
    public static string NewKid() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KidSize));
}
