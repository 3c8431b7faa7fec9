using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Functions.Hosting;

/// <summary>How large a body may be: 1 MiB, unless a function's <c>[RequestSizeLimit]</c> says otherwise.</summary>
public static class BodyLimit
{
    const long Default = 1 << 20;

    /// <summary>
    /// What the server itself reads, in bytes. More than any function takes: a client that sends too much is then read to the end and gets its 413,
    /// where the server would cut the connection in the middle.
    /// </summary>
    public const long Transport = 100 << 20;

    public static void UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var limit = context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? Default;
        if (context.Request.ContentLength > limit) throw new BadHttpRequestException("Request body too large.", StatusCodes.Status413PayloadTooLarge);
        if (context.Request.ContentLength is null && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = limit;
        return next(context);
    });
}
