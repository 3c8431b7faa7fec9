using System.Buffers.Binary;

namespace FunctionsApp.Core.Ledger;

/// <summary>What part of a list of entries is asked for: by when they count, the latest first.</summary>
/// <param name="Cursors">Signs the cursor of the next page.</param>
/// <param name="Limit">1 to 100 entries.</param>
/// <param name="Before">Only entries before this place; null for the first page.</param>
public sealed record EntryPageRequest(Cursors Cursors, int Limit, EntryPosition? Before)
{
    const string List = "ledger";
    const int GuidSize = 16,
        KeySize = sizeof(long) + sizeof(short) + GuidSize;

    /// <summary>Reads the query parameters <c>limit</c> and <c>cursor</c>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a limit outside 1 to 100 or a cursor that this list did not
    /// give.</exception>
    public static EntryPageRequest Parse(Cursors cursors, int? limit, string? cursor)
    {
        Span<byte> key = stackalloc byte[KeySize];
        EntryPosition? before = cursor is not null && cursors.TryRead(List, cursor, key) ? EntryPositionOf(key) : null;
        new Validation()
            .Check("limit", PageRequest.LimitProblem(limit))
            .Check("cursor", cursor is not null && before is null ? PageRequest.CursorRule : null)
            .ThrowIfInvalid();
        return new(cursors, limit ?? PageRequest.DefaultLimit, before);
    }

    /// <summary>Cuts a page from <paramref name="rows"/>, which were read with one row more than was asked for.</summary>
    public Page<LedgerEntry> PageOf(IReadOnlyList<LedgerEntry> rows) =>
        rows.Count <= Limit ? new(rows, null) : new([.. rows.Take(Limit)], CursorOf(rows[Limit - 1].EntryPosition));

    string CursorOf(EntryPosition place)
    {
        Span<byte> key = stackalloc byte[KeySize];
        BinaryPrimitives.WriteInt64BigEndian(key, place.At.Ticks);
        BinaryPrimitives.WriteInt16BigEndian(key[sizeof(long)..], (short)place.Kind);
        place.Id.TryWriteBytes(key[^GuidSize..], bigEndian: true, out _);
        return Cursors.Write(List, key);
    }

    // Null for what is not a place, so that nothing depends on the signature alone.
    static EntryPosition? EntryPositionOf(ReadOnlySpan<byte> key)
    {
        var (ticks, kind) = (BinaryPrimitives.ReadInt64BigEndian(key), (EntryKind)BinaryPrimitives.ReadInt16BigEndian(key[sizeof(long)..]));
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks && Enum.IsDefined(kind)
            ? new(new(ticks, DateTimeKind.Utc), kind, new Guid(key[^GuidSize..], bigEndian: true))
            : null;
    }
}
