using Scalar.AspNetCore;

namespace FunctionsApp.Functions.Hosting;

/// <summary><c>/docs</c>: the interactive documentation, without resources from other servers.</summary>
static class Docs
{
    /// <summary>The path of the page, below the prefix.</summary>
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
                    // Features of Scalar's hosted service.
                    scalar.DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
                    scalar.PersistentAuthentication = true;
                    scalar.AddPreferredSecuritySchemes(ApiDocument.PasswordScheme);
                    scalar.AddPasswordFlow(ApiDocument.PasswordScheme, flow => flow.ClientId = "");
                }
            )
            .AllowAnonymous();
}
