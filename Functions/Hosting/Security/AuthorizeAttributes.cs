using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Refuses requests without the valid token (401) or the role (403) that the <c>[Authorize]</c> attributes of the function and its class
/// require. Policies and schemes are not supported.
/// </summary>
static class AuthorizeAttributes
{
    static readonly TimeSpan RevocationRetry = TimeSpan.FromSeconds(2);

    public static void AddAuthorizeAttributes(this IServiceCollection services) =>
        // The check looks for the framework's own middleware.
        services.Configure<RouteOptions>(options => options.SuppressCheckForUnhandledSecurityMetadata = true);

    /// <summary>Must follow routing and <see cref="BearerTokens"/>.</summary>
    public static void UseAuthorizeAttributes(this IApplicationBuilder app) =>
        app.Use(next =>
            context =>
            {
                if (context.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<IAllowAnonymous>() is not null)
                    return next(context);
                var required = metadata.GetOrderedMetadata<IAuthorizeData>();
                for (var i = 0; i < required.Count; i++)
                {
                    if (context.User is not TokenPrincipal user)
                        return Unauthenticated(context);
                    if (!IsAllowed(user, required[i]))
                        return Forbidden(context);
                }

                return next(context);
            }
        );

    /// <summary>Refuses a request that was authorized some time ago, if its token is no longer valid.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Unauthenticated"/>; <see cref="Refusal.Busy"/> if it is not
    /// known.</exception>
    public static async Task CheckAgainAsync(HttpContext context, AccessTokens tokens)
    {
        if (BearerTokens.Of(context) is { } token && await tokens.ValidateAsync(token) is { IsValid: false, Exception: var reason })
        {
            throw reason is AccessTokens.RevocationsUnknownException
                ? RevocationsUnknown()
                : new RefusedException(
                    Refusal.Unauthenticated,
                    "The token expired, or its session ended, before the body was complete. Refresh it or log in again."
                );
        }
    }

    static bool IsAllowed(TokenPrincipal user, IAuthorizeData required)
    {
        if (required.Policy is not null || required.AuthenticationSchemes is not null)
            throw new NotSupportedException("[Authorize] supports only Roles.");
        return required.Roles is not { } roles || Array.Exists(roles.Split(',', StringSplitOptions.TrimEntries), user.IsInRole);
    }

    static Task Unauthenticated(HttpContext context)
    {
        var reason = context.Features.Get<RefusedToken>()?.Reason;
        // Not 401: the token may be valid, and the client must keep it.
        if (reason is AccessTokens.RevocationsUnknownException)
            throw RevocationsUnknown();
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = reason is null
            ? BearerTokens.Scheme
            : $"{BearerTokens.Scheme} error=\"invalid_token\", error_description=\"{Describe(reason)}\"";
        return Task.CompletedTask;
    }

    static RefusedException RevocationsUnknown() =>
        new(Refusal.Busy, "The session cannot be verified at the moment. Try again shortly.") { RetryAfter = RevocationRetry };

    static Task Forbidden(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    static string Describe(Exception reason) =>
        reason switch
        {
            SecurityTokenExpiredException => "The token expired",
            SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException =>
                "The token is not valid at this time",
            SecurityTokenInvalidAudienceException => "The token is for another audience",
            SecurityTokenInvalidIssuerException => "The token is from another issuer",
            SecurityTokenSignatureKeyNotFoundException => "The token was not signed with a key of this service",
            SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "The signature of the token is not valid",
            AccessTokens.SessionEndedException => "The session has ended",
            _ => "The token is not valid",
        };
}
