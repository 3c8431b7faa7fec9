using System.Security.Claims;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Keys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Bearer tokens (RFC 6750), validated by the core. An attribute on each function determines whether it needs one.</summary>
public static class Authentication
{
    const string Scheme = "Bearer";

    static readonly TimeSpan RevocationRetry = TimeSpan.FromSeconds(2);

    public static void AddBearerAuthentication(this IServiceCollection services)
    {
        // Not AddAuthentication, which would load the unused keys of Data Protection and warn that they are not persisted.
        services.AddAuthenticationCore(options => options.AddScheme<BearerHandler>(Scheme, displayName: null));
        services.AddTransient<BearerHandler>();
        services.AddAuthorization();
    }

    // Not the JwtBearer package: the core defines which tokens are valid, and the package copies all of its settings for every request,
    // which caused two fifths of the allocations of GET /users/me (docs/performance.md).
    sealed class BearerHandler(AccessTokens tokens, KeyRing keys) : IAuthenticationHandler
    {
        HttpContext context = null!;
        AuthenticateResult? result;

        public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
        {
            this.context = context;
            return Task.CompletedTask;
        }

        public async Task<AuthenticateResult> AuthenticateAsync() => result ??= await CheckAsync();

        public Task ChallengeAsync(AuthenticationProperties? properties)
        {
            // Not 401: the token may be valid, and the client must keep it.
            if (result?.Failure is AccessTokens.RevocationsUnknownException)
            {
                throw new RefusedException(Refusal.Busy, "The session cannot be verified at the moment. Try again shortly.")
                {
                    RetryAfter = RevocationRetry,
                };
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = result?.Failure is { } failure
                ? $"{Scheme} error=\"invalid_token\", error_description=\"{Describe(failure)}\""
                : Scheme;
            return Task.CompletedTask;
        }

        public Task ForbidAsync(AuthenticationProperties? properties)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        async Task<AuthenticateResult> CheckAsync()
        {
            if (
                context.Request.Headers.Authorization is not [{ } header]
                || !header.StartsWith($"{Scheme} ", StringComparison.OrdinalIgnoreCase)
            )
                return AuthenticateResult.NoResult();
            // While the keys have not been loaded yet, because the database has been unavailable since startup, a valid token must not
            // be rejected: this throws, which results in 503. Requests without a token, such as those of probes, are not affected.
            if (keys.Cached is null)
                await keys.GetAsync(context.RequestAborted);
            var checkedToken = await tokens.ValidateAsync(header[(Scheme.Length + 1)..].Trim());
            return checkedToken.IsValid
                ? AuthenticateResult.Success(new(new ClaimsPrincipal(checkedToken.ClaimsIdentity), Scheme))
                : AuthenticateResult.Fail(checkedToken.Exception);
        }

        static string Describe(Exception failure) =>
            failure switch
            {
                SecurityTokenExpiredException => "The token expired",
                SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException =>
                    "The token is not valid at this time",
                SecurityTokenInvalidAudienceException => "The token is for another audience",
                SecurityTokenInvalidIssuerException => "The token is from another issuer",
                SecurityTokenSignatureKeyNotFoundException => "The token was not signed with a key of this service",
                SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException =>
                    "The signature of the token is not valid",
                AccessTokens.SessionEndedException => "The session has ended",
                _ => "The token is not valid",
            };
    }
}
