using Microsoft.Net.Http.Headers;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Calls from pages of other origins (CORS): closed unless <c>Http__AllowedOrigins</c> names the origins.</summary>
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

    /// <summary>Answers preflight requests, and marks responses for allowed origins.</summary>
    public static void UseCrossOrigin(this IApplicationBuilder app, HttpOptions settings)
    {
        if (settings.AllowedOrigins.Length > 0)
            app.UseCors();
    }
}
