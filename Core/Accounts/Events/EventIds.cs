namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Ids (UUIDv7) of events. Each one is greater than those that this process created before, because the audit trail is ordered by them.
/// </summary>
public static class EventIds
{
    // RFC 9562, 6.2, method 3: the 12 bits after the milliseconds are their fraction.
    const int Steps = 1 << 12;

    static long last;

    /// <summary>The next id.</summary>
    public static Guid Next()
    {
        var ticks = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks;
        var now =
            ticks / TimeSpan.TicksPerMillisecond * Steps + ticks % TimeSpan.TicksPerMillisecond * Steps / TimeSpan.TicksPerMillisecond;
        long before,
            next;
        do
        {
            before = Volatile.Read(ref last);
            // Also when the clock was set back.
            next = Math.Max(now, before + 1);
        } while (Interlocked.CompareExchange(ref last, next, before) != before);

        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(next / Steps)).TryWriteBytes(id, bigEndian: true, out _);
        var fraction = (int)(next % Steps);
        id[6] = (byte)(0x70 | fraction >> 8);
        id[7] = (byte)fraction;
        return new(id, bigEndian: true);
    }
}
