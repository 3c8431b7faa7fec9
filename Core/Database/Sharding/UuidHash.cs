using System.Buffers.Binary;
using System.Numerics;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The hash by which Citus finds the shard of a key: Postgres's <c>uuid_hash</c>, which is Bob Jenkins's lookup3 over the 16 bytes of the
/// id (burtleburtle.net/bob/c/lookup3.c), with Postgres's own initial value.
/// </summary>
static class UuidHash
{
    const uint Initial = 0x9e3779b9 + 3923095;

    /// <summary>The hash of an id, as Citus compares it with the bounds of a shard.</summary>
    public static int Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var a = Initial + 16;
        var (b, c) = (a, a);
        a += Word(bytes, 0);
        b += Word(bytes, 1);
        c += Word(bytes, 2);

        a = (a - c) ^ BitOperations.RotateLeft(c, 4);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 6);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 8);
        b += a;
        a = (a - c) ^ BitOperations.RotateLeft(c, 16);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 19);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 4);
        b += a;

        a += Word(bytes, 3);

        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        c = (c ^ b) - BitOperations.RotateLeft(b, 24);
        return (int)c;
    }

    static uint Word(ReadOnlySpan<byte> bytes, int n) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * n)..]);
}
