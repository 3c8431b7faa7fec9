using System.Diagnostics;
using FunctionsApp.Core.Accounts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Bodies that are not complete when their request is authorized. They must arrive within <see cref="HttpOptions.MaxBodySeconds"/>: a
/// minimum rate is an average, so a client that sends most of a body at once could then wait. At the end of the body the token is checked
/// again: its session may have ended since.
/// </summary>
static class ArrivingBodies
{
    // Larger bodies get another second for each.
    const int BytesPerSecond = 512 << 10;

    /// <summary>Must follow <see cref="AuthorizeAttributes"/>.</summary>
    public static void UseArrivingBodies(this IApplicationBuilder app, HttpOptions settings)
    {
        var tokens = app.ApplicationServices.GetRequiredService<AccessTokens>();
        app.Use(next =>
            context =>
            {
                if (!IsComplete(context))
                {
                    TimeSpan? limit =
                        settings.MaxBodySeconds == 0
                            ? null
                            : TimeSpan.FromSeconds(
                                settings.MaxBodySeconds + (context.Request.ContentLength ?? BodyLimit.Of(context)) / BytesPerSecond
                            );
                    context.Request.Body = new Arriving(context.Request.Body, limit, CheckAgain(context, tokens));
                }

                return next(context);
            }
        );
    }

    static bool IsComplete(HttpContext context)
    {
        if (context.Request.ContentLength is not { } length)
            return context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
        if (length == 0)
            return true;
        // Most bodies arrive with their headers.
        var body = context.Request.BodyReader;
        if (!body.TryRead(out var read))
            return false;
        var isComplete = read.Buffer.Length >= length;
        body.AdvanceTo(read.Buffer.Start);
        return isComplete;
    }

    static Func<Task>? CheckAgain(HttpContext context, AccessTokens tokens) =>
        context.User is TokenPrincipal && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null
            ? () => AuthorizeAttributes.CheckAgainAsync(context, tokens)
            : null;

    sealed class Arriving(Stream body, TimeSpan? limit, Func<Task>? atEnd) : Stream
    {
        readonly long start = Stopwatch.GetTimestamp();

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
            var read = limit is { } most
                ? await ReadWithinAsync(most - Stopwatch.GetElapsedTime(start), buffer, cancellationToken)
                : await body.ReadAsync(buffer, cancellationToken);
            if (read == 0 && buffer.Length > 0 && atEnd is not null)
                await atEnd();
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // The server does not allow it either.
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        async ValueTask<int> ReadWithinAsync(TimeSpan left, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (left <= TimeSpan.Zero)
                throw TooSlow();
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(left);
            try
            {
                return await body.ReadAsync(buffer, limited.Token);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw TooSlow(e);
            }
        }

        static BadHttpRequestException TooSlow(Exception? cause = null) =>
            new("The body took too long.", StatusCodes.Status408RequestTimeout, cause!);
    }
}
