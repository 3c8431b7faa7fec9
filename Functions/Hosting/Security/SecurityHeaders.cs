using Microsoft.AspNetCore.Authorization;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Adds headers that restrict what browsers do with a response, and that prevent caches from storing private ones.</summary>
static class SecurityHeaders
{
    // SVG images may contain styles; nothing else is loaded or framed.
    const string ApiPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    // Scalar uses an inline script, inline styles, and embedded fonts and images.
    const string DocsPolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src "
        + "'self' data:; "
        + "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Must follow routing, which determines whether the response is private.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app, HttpOptions settings)
    {
        var transportSecurity = settings.HstsSeconds == 0 ? null : $"max-age={settings.HstsSeconds}";
        app.Use(
            (context, next) =>
            {
                Apply(context, context.GetEndpoint());
                // Set last, because a failure removes all headers.
                if (transportSecurity is not null && context.Request.IsHttps)
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Response.Headers.StrictTransportSecurity = transportSecurity;
                        return Task.CompletedTask;
                    });
                }

                return next(context);
            }
        );
    }

    /// <summary>Also called after a failure, which removes all headers.</summary>
    public static void Apply(HttpContext context, Endpoint? endpoint)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(Docs.Path) ? DocsPolicy : ApiPolicy;
        if (context.Request.Headers.Authorization.Count > 0 || endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is null)
            headers.CacheControl = "no-store";
    }
}
