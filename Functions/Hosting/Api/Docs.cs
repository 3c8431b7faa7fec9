using Scalar.AspNetCore;

namespace FunctionsApp.Functions.Hosting;

/// <summary><c>/docs</c>: the interactive documentation. All it needs is served from here.</summary>
static class Docs
{
    /// <summary>Where the page is, below the prefix.</summary>
    public const string Path = "/docs";

    public static void MapDocs(this IEndpointRouteBuilder routes) =>
        routes
            .MapScalarApiReference(
                Path,
                scalar =>
                {
                    scalar.Title = "FunctionsApp";
                    scalar.OpenApiRoutePattern = "/openapi.json";
                    scalar.DefaultFonts = false;
                    scalar.ProxyUrl = null;
                    scalar.Telemetry = false;
                    // What leads to Scalar's own service.
                    scalar.DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
                    scalar.PersistentAuthentication = true;
                    scalar.AddPreferredSecuritySchemes(ApiDocument.PasswordScheme);
                    scalar.AddPasswordFlow(ApiDocument.PasswordScheme, flow => flow.ClientId = "");
                }
            )
            .AllowAnonymous();
}
