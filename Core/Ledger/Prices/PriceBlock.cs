using System.Buffers.Binary;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The closes of a symbol in 128 days as one row of <c>price_blocks</c>. It is derived from <c>prices</c>. Long histories read blocks
/// instead: a hundredth of the rows, and bytes instead of numerics.
/// </summary>
internal static class PriceBlock
{
    /// <summary>The maximum size of a block, in bytes.</summary>
    public const int MaxSize = Days * CloseSize;

    const int Days = 128,
        CloseSize = sizeof(short) + sizeof(long),
        Decimals = 6;

    static readonly int firstDay = new DateOnly(1900, 1, 1).DayNumber;

    /// <summary>The block of a day.</summary>
    /// <param name="day">In 1900 or later.</param>
    public static int Of(DateOnly day) => (day.DayNumber - firstDay) / Days;

    /// <summary>Adds the closes of a block to those read so far, oldest first.</summary>
    public static void Read(int block, ReadOnlySpan<byte> bytes, List<DatedClose> closes)
    {
        var start = firstDay + block * Days;
        for (; bytes.Length > 0; bytes = bytes[CloseSize..])
        {
            var millionths = BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(short)..]);
            closes.Add(
                new(
                    DateOnly.FromDayNumber(start + BinaryPrimitives.ReadInt16BigEndian(bytes)),
                    new((int)millionths, (int)(millionths >> 32), 0, false, Decimals)
                )
            );
        }
    }
}
