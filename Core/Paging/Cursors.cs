using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Core;

/// <summary>
/// The places in lists where the next page starts, opaque to clients: a key and 16 bytes of HMAC-SHA-256 (RFC 2104) over the list's name
/// and the key. A cursor that is damaged, made up or of another list is not read. It hides nothing: any place in one's own list may be
/// asked for.
/// </summary>
public sealed class Cursors(KeyRing keys)
{
    const int GuidSize = 16,
        TagSize = 16,
        MaxKeySize = 64;

    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the keys were never read.</exception>
    public string Write(string list, Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return Write(list, bytes);
    }

    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the keys were never read.</exception>
    public bool TryRead(string list, string cursor, out Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        var isOne = TryRead(list, cursor, bytes);
        key = isOne ? new Guid(bytes, bigEndian: true) : default;
        return isOne;
    }

    /// <param name="key">At most 64 bytes.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the keys were never read.</exception>
    public string Write(string list, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[MaxKeySize + TagSize];
        bytes = bytes[..(key.Length + TagSize)];
        key.CopyTo(bytes);
        Tag(keys.Current.Cursors.Signing, list, key, bytes[key.Length..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <param name="key">Is filled, when the cursor is one of the list; it must have the length of the list's keys.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the keys were never read.</exception>
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
        foreach (var one in keys.Current.Cursors.All.Values)
        {
            Tag(one, list, bytes[..key.Length], tag);
            if (!CryptographicOperations.FixedTimeEquals(tag, bytes[key.Length..]))
                continue;
            bytes[..key.Length].CopyTo(key);
            return true;
        }

        return false;
    }

    static void Tag(CursorKey key, string list, ReadOnlySpan<byte> place, Span<byte> tag)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Secret, [.. Encoding.UTF8.GetBytes(list), 0, .. place], hash);
        hash[..TagSize].CopyTo(tag);
    }
}
