using Microsoft.AspNetCore.Builder.Extensions;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The pipeline in front of every function, the same under both hosts. Building it starts nothing.</summary>
public static class Pipeline
{
    public static void UseFunctionsApp(this IApplicationBuilder app)
    {
        // With and without the prefix: clients of this API's predecessor call /signup and /login at the root.
        // Not UsePathBase, which on Kestrel would also add routing, ahead of middleware that must precede it.
        if (HostJson.RoutePrefix.Length > 0)
            app.UseMiddleware<UsePathBaseMiddleware>(new PathString(HostJson.RoutePrefix));
        var settings = app.ApplicationServices.GetRequiredService<HttpOptions>();
        app.UseRequestLog();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseCrossOrigin(settings);
        app.UseHead();
        app.UseNoDotSegments();
        app.UseMetricsPort();
        app.UseRouting();
        app.UseSecurityHeaders(settings);
        app.UseRateLimiter();
        app.UseRepeatedReads();
        app.UseBodyLimit();
        app.UseQueryText();
        app.UseBearerTokens();
        app.UseUserLimits();
        app.UseAuthorizeAttributes();
        app.UseArrivingBodies(settings);
        app.UseRefusals();
        app.UseEndpoints(routes =>
        {
            routes.MapFunctions();
            routes.MapHealth();
            routes.MapPrometheusScrapingEndpoint(MetricsPort.Path).AllowAnonymous();
            routes.MapOpenApi("/openapi.json").AllowAnonymous();
            routes.MapDocs();
        });
    }
}
