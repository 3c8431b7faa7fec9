using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Core;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="NextCursor">What to ask the next page with; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>Cuts a page from <paramref name="rows"/>, which were read with one row more than was asked for.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, PageRequest request, Func<T, Guid> key) =>
        rows.Count <= request.Limit
            ? new(rows, null)
            : new([.. rows.Take(request.Limit)], Cursor.Write(request.List, key(rows[request.Limit - 1])));
}

/// <summary>What part of a list is asked for: keyset, newest first.</summary>
/// <param name="List">The list's name: a cursor of one list is not a cursor of another.</param>
/// <param name="Limit">1 to 100 items.</param>
/// <param name="Before">Only items older than this one; null for the first page. Ids are UUIDv7 and so in the order of creation.</param>
public sealed record PageRequest(string List, int Limit, Guid? Before)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Reads the query parameters <c>limit</c> and <c>cursor</c>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a limit outside 1 to 100 or a cursor that this list did not give.</exception>
    public static PageRequest Parse(string list, int? limit, string? cursor)
    {
        Guid before = default;
        new Validation()
            .Check("limit", LimitProblem(limit))
            .Check("cursor", cursor is not null && !Cursor.TryRead(list, cursor, out before) ? CursorRule : null)
            .ThrowIfInvalid();
        return new(list, limit ?? DefaultLimit, cursor is null ? null : before);
    }

    /// <summary>What to tell whoever wrote a cursor that is none.</summary>
    internal const string CursorRule = "Is not a cursor of this list. Start again without one.";

    /// <summary>What is wrong with a limit; null when nothing is.</summary>
    internal static string? LimitProblem(int? limit) => limit is < 1 or > MaxLimit ? $"Must be between 1 and {MaxLimit}." : null;
}

/// <summary>
/// The place in a list where the next page starts, opaque to clients. Eight bytes of a hash over the list's name and the key make
/// a damaged, made-up or foreign cursor an error instead of a wrong page. It protects no secret: any place in one's own list may be asked for.
/// </summary>
public static class Cursor
{
    const int GuidSize = 16, CheckSize = 8, MaxKeySize = 64;

    public static string Write(string list, Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return Write(list, bytes);
    }

    public static bool TryRead(string list, string cursor, out Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        var isOne = TryRead(list, cursor, bytes);
        key = isOne ? new Guid(bytes, bigEndian: true) : default;
        return isOne;
    }

    /// <param name="key">At most 64 bytes.</param>
    public static string Write(string list, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[MaxKeySize + CheckSize];
        bytes = bytes[..(key.Length + CheckSize)];
        key.CopyTo(bytes);
        Check(list, key, bytes[key.Length..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <param name="key">Is filled, when the cursor is one of the list; it must have the length of the list's keys.</param>
    public static bool TryRead(string list, string cursor, Span<byte> key)
    {
        Span<byte> bytes = stackalloc byte[MaxKeySize + CheckSize], check = stackalloc byte[CheckSize];
        bytes = bytes[..(key.Length + CheckSize)];
        if (cursor.Length != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.IsValid(cursor)
            || !Base64Url.TryDecodeFromChars(cursor, bytes, out var size)
            || size != bytes.Length) return false;
        Check(list, bytes[..key.Length], check);
        bytes[..key.Length].CopyTo(key);
        return check.SequenceEqual(bytes[key.Length..]);
    }

    static void Check(string list, ReadOnlySpan<byte> key, Span<byte> check) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(list), 0, .. key]).AsSpan(0, CheckSize).CopyTo(check);
}
