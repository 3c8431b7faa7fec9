using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The maximum size of a body: 1 MiB unless a function's <c>[RequestSizeLimit]</c> overrides it.</summary>
public static class BodyLimit
{
    const long Default = 1 << 20;

    /// <summary>
    /// The server's own limit in bytes: twice the largest limit of a function. A body over the function's limit is still read to the end,
    /// so the client receives the 413; with a lower limit the server would reset the connection. A client that exceeds this limit too, or
    /// keeps sending for several seconds after the response, is disconnected.
    /// </summary>
    public const long Transport = 512 << 20;

    /// <summary>The maximum size of the request's body in bytes.</summary>
    public static long Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? Default;

    public static void UseBodyLimit(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                var limit = Of(context);
                if (context.Request.ContentLength > limit)
                    throw TooLarge();
                // Routing has set the server's limit to that of the function, but the server also counts the framing of chunks.
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

    // A body of unknown length. The server's own limit would reset the connection; this one lets the rest of the body be read.
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
                // A chunk size with too many digits: the server throws an exception without a status code, unlike for other invalid sizes.
                throw new BadHttpRequestException("The size of a chunk is invalid.", StatusCodes.Status400BadRequest, e);
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
