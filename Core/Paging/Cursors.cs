using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FunctionsApp.Core;

/// <summary>
/// Opaque page cursors: a key and 16 bytes of HMAC-SHA-256 (RFC 2104) over the list's name and the key. A cursor that is damaged, forged
/// or from another list is rejected. The key is not encrypted: a client may request any position in its own list.
/// </summary>
public sealed class Cursors(ICursorKeys keys)
{
    const int GuidSize = 16,
        TagSize = 16,
        MaxKeySize = 64;

    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    public string Write(string list, Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return Write(list, bytes);
    }

    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    public bool TryRead(string list, string cursor, out Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        var isValid = TryRead(list, cursor, bytes);
        key = isValid ? new Guid(bytes, bigEndian: true) : default;
        return isValid;
    }

    /// <param name="key">At most 64 bytes.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    public string Write(string list, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[MaxKeySize + TagSize];
        bytes = bytes[..(key.Length + TagSize)];
        key.CopyTo(bytes);
        Tag(keys.Signing, list, key, bytes[key.Length..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <param name="key">Receives the key if the cursor is valid; must have the length of the list's keys.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    public bool TryRead(string list, string cursor, Span<byte> key)
    {
        Span<byte> bytes = stackalloc byte[MaxKeySize + TagSize],
            tag = stackalloc byte[TagSize];
        bytes = bytes[..(key.Length + TagSize)];
        if (
            cursor.Length != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.IsValid(cursor)
            || !Base64Url.TryDecodeFromChars(cursor, bytes, out var size)
            || size != bytes.Length
        )
            return false;
        foreach (var signingKey in keys.All)
        {
            Tag(signingKey, list, bytes[..key.Length], tag);
            if (!CryptographicOperations.FixedTimeEquals(tag, bytes[key.Length..]))
                continue;
            bytes[..key.Length].CopyTo(key);
            return true;
        }

        return false;
    }

    static void Tag(CursorKey key, string list, ReadOnlySpan<byte> position, Span<byte> tag)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Secret, [.. Encoding.UTF8.GetBytes(list), 0, .. position], hash);
        hash[..TagSize].CopyTo(tag);
    }
}
