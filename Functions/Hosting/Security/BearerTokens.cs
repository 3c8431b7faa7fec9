using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Bearer tokens (RFC 6750), validated by the core. A request with a valid one has a <see cref="TokenPrincipal"/> as its user;
/// <see cref="AuthorizeAttributes"/> determines whether it needs one.
/// </summary>
/// <remarks>
/// Not the framework's authentication, whose services, handlers and results are created for every request: with authorization they caused
/// a quarter of the allocations of <c>GET /users/me</c> (docs/performance.md).
/// </remarks>
static class BearerTokens
{
    public const string Scheme = "Bearer";

    const string Prefix = $"{Scheme} ";

    public static void UseBearerTokens(this IApplicationBuilder app)
    {
        var tokens = app.ApplicationServices.GetRequiredService<AccessTokens>();
        var keys = app.ApplicationServices.GetRequiredService<KeyRing>();
        app.Use(next =>
            context =>
            {
                if (
                    context.Request.Headers.Authorization is not [{ } header]
                    || !header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                )
                    return next(context);
                if (keys.Cached is null || tokens.FindVerified(header.AsSpan(Prefix.Length).Trim()) is not { } user)
                    return ValidateAsync(context, next, header[Prefix.Length..].Trim(), tokens, keys);
                context.User = user;
                return next(context);
            }
        );
    }

    /// <summary>The request's token; null if there is none.</summary>
    public static string? Of(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? header[Prefix.Length..].Trim()
            : null;

    static async Task ValidateAsync(HttpContext context, RequestDelegate next, string token, AccessTokens tokens, KeyRing keys)
    {
        // While the keys have not been loaded yet, because the database has been unavailable since startup, a valid token must not be
        // rejected: this throws, which results in 503. Requests without a token, such as those of probes, are not affected.
        if (keys.Cached is null)
            await keys.GetAsync(context.RequestAborted);
        var result = await tokens.ValidateAsync(token);
        if (result.IsValid)
            context.User = new TokenPrincipal(result.ClaimsIdentity);
        else
            context.Features.Set(new RefusedToken(result.Exception));
        await next(context);
    }
}

/// <summary>The feature of a request whose token is not valid.</summary>
/// <param name="Reason">Why it is not.</param>
sealed record RefusedToken(Exception Reason);
