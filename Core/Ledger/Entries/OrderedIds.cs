namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Ids (UUIDv7) of entries that are recorded together, each greater than the one before: entries of one moment and kind are ordered by
/// their ids.
/// </summary>
/// <param name="now">When they are created.</param>
public sealed class OrderedIds(DateTimeOffset now)
{
    uint count;

    /// <summary>The next id. There are 2^32.</summary>
    public Guid Next()
    {
        // RFC 9562, 6.2: a counter in place of the first random bits, around the four of the version and the two of the variant.
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(now).TryWriteBytes(id, bigEndian: true, out _);
        var n = checked(count++);
        id[6] = (byte)(0x70 | n >> 28);
        id[7] = (byte)(n >> 20);
        id[8] = (byte)(0x80 | n >> 14 & 0x3F);
        id[9] = (byte)(n >> 6);
        id[10] = (byte)(n << 2 | id[10] & 3u);
        return new(id, bigEndian: true);
    }
}
