using System.Text;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>CSV files for the tests that read them.</summary>
static class CsvText
{
    public static MemoryStream Utf8(string text) => new(Encoding.UTF8.GetBytes(text));

    public static MemoryStream With(Encoding encoding, string text) => new([.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);

    /// <summary>The problems, each as <c>12 price: Must …</c>.</summary>
    public static string[] Messages(CsvProblems problems) => [.. problems.Found.Select(one => $"{one.Line} {one.Column}: {one.Message}")];

    public static string Quoted(string cell) => $"\"{cell.Replace("\"", "\"\"")}\"";

    /// <summary>Gives a file in pieces of any size, as a network does.</summary>
    public sealed class Pieces(byte[] bytes, int seed) : Input
    {
        readonly Random random = new(seed);
        int position;

        public override int Read(Span<byte> buffer)
        {
            var length = Math.Min(Math.Min(buffer.Length, bytes.Length - position), random.Next(1, random.Next(2) == 0 ? 4 : 4000));
            bytes.AsSpan(position, length).CopyTo(buffer);
            position += length;
            return length;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (random.Next(2) == 0)
                await Task.Yield();
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>A start, and then the same again and again up to a length, which is not held in memory.</summary>
    public sealed class Repeated(string start, string repeated, long length) : Input
    {
        readonly byte[] start = Encoding.UTF8.GetBytes(start);
        readonly byte[] repeated = Encoding.UTF8.GetBytes(repeated);

        /// <summary>How much of it was asked for.</summary>
        public long Given { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - Given);
            for (var i = 0; i < count; i++, Given++)
                buffer[i] = Given < start.Length ? start[Given] : repeated[(Given - start.Length) % repeated.Length];
            return count;
        }
    }

    /// <summary>What is read from its start to its end and no other way.</summary>
    public abstract class Input : Stream
    {
        public abstract override int Read(Span<byte> buffer);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new(Read(buffer.Span));
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
