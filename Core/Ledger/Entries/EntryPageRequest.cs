using System.Buffers.Binary;

namespace FunctionsApp.Core.Ledger;

/// <summary>A request for a page of entries, latest first.</summary>
/// <param name="Cursors">Signs the cursor of the next page.</param>
/// <param name="Limit">1 to 100 entries.</param>
/// <param name="Before">Only entries before this position; null for the first page.</param>
public sealed record EntryPageRequest(Cursors Cursors, int Limit, EntryPosition? Before)
{
    const string List = "ledger";
    const int GuidSize = 16,
        KeySize = sizeof(long) + sizeof(short) + GuidSize;

    /// <summary>Reads the query parameters <c>limit</c> and <c>cursor</c>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a limit outside 1 to 100 or a cursor that is not from this
    /// list.</exception>
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
    public KeysetPage<LedgerEntry> PageOf(IReadOnlyList<LedgerEntry> rows) =>
        rows.Count <= Limit ? new(rows, null) : new([.. rows.Take(Limit)], CursorOf(rows[Limit - 1].EntryPosition));

    string CursorOf(EntryPosition position)
    {
        Span<byte> key = stackalloc byte[KeySize];
        BinaryPrimitives.WriteInt64BigEndian(key, position.At.Ticks);
        BinaryPrimitives.WriteInt16BigEndian(key[sizeof(long)..], (short)position.Kind);
        position.Id.TryWriteBytes(key[^GuidSize..], bigEndian: true, out _);
        return Cursors.Write(List, key);
    }

    // Null for an invalid position, so that nothing depends on the signature alone.
    static EntryPosition? EntryPositionOf(ReadOnlySpan<byte> key)
    {
        var (ticks, kind) = (BinaryPrimitives.ReadInt64BigEndian(key), (EntryKind)BinaryPrimitives.ReadInt16BigEndian(key[sizeof(long)..]));
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks && Enum.IsDefined(kind)
            ? new(new(ticks, DateTimeKind.Utc), kind, new Guid(key[^GuidSize..], bigEndian: true))
            : null;
    }
}
