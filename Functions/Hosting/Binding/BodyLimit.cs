using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>How large a body may be: 1 MiB, unless a function's <c>[RequestSizeLimit]</c> says otherwise.</summary>
public static class BodyLimit
{
    const long Default = 1 << 20;

    /// <summary>
    /// What the server itself reads, in bytes: twice as much as the functions that take most. A client that sends too much is then read to
    /// the end and gets its 413, where the server would cut the connection in the middle; whoever sends still more, or goes on for seconds
    /// after its answer, is cut off.
    /// </summary>
    public const long Transport = 512 << 20;

    public static void UseBodyLimit(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                var limit = context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? Default;
                if (context.Request.ContentLength > limit)
                    throw TooLarge();
                // Routing has given the server the function's own limit, of which it counts the framing of chunks too.
                if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
                    server.MaxRequestBodySize = Transport;
                if (
                    context.Request.ContentLength is null
                    && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false }
                )
                    context.Request.Body = new Limited(context.Request.Body, limit);
                return next(context);
            }
        );

    static BadHttpRequestException TooLarge() => new("Request body too large.", StatusCodes.Status413PayloadTooLarge);

    // A body whose length is not known in advance. The server's own limit would cut the connection: this one leaves the rest to be read to
    // the end.
    sealed class Limited(Stream body, long limit) : Stream
    {
        long left = limit;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return Count(await body.ReadAsync(buffer, cancellationToken));
            }
            catch (IOException e) when (e.InnerException is OverflowException)
            {
                // A chunk size of too many digits: the server has a 400 for all other wrong sizes, and an exception of no status for this
                // one.
                throw new BadHttpRequestException("The size of a chunk is not valid.", StatusCodes.Status400BadRequest, e);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => Count(body.Read(buffer, offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        int Count(int read) => (left -= read) < 0 ? throw TooLarge() : read;
    }
}
