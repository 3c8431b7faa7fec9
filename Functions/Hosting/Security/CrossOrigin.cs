using Microsoft.Net.Http.Headers;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Cross-origin requests (CORS): rejected unless <c>Http__AllowedOrigins</c> lists the origin.</summary>
static class CrossOrigin
{
    static readonly TimeSpan PreflightAge = TimeSpan.FromMinutes(10);

    public static void AddCrossOrigin(this IServiceCollection services, HttpOptions settings) =>
        services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins(settings.Origins())
                    .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
                    .WithHeaders(
                        HeaderNames.Authorization,
                        HeaderNames.ContentType,
                        HeaderNames.IfMatch,
                        HeaderNames.IfNoneMatch,
                        HeaderNames.TraceParent,
                        "Idempotency-Key"
                    )
                    .WithExposedHeaders(
                        HeaderNames.ETag,
                        HeaderNames.Location,
                        HeaderNames.RetryAfter,
                        HeaderNames.WWWAuthenticate,
                        HeaderNames.ContentDisposition
                    )
                    .SetPreflightMaxAge(PreflightAge)
            )
        );

    /// <summary>Handles preflight requests, and adds the CORS headers to responses for allowed origins.</summary>
    public static void UseCrossOrigin(this IApplicationBuilder app, HttpOptions settings)
    {
        if (settings.AllowedOrigins.Length > 0)
            app.UseCors();
    }
}
