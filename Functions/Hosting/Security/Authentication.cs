using System.Security.Claims;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Keys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Bearer tokens (RFC 6750), checked by the core. Each function says by attribute whether it needs one.</summary>
public static class Authentication
{
    const string Scheme = "Bearer";

    static readonly TimeSpan RevocationRetry = TimeSpan.FromSeconds(2);

    public static void AddBearerAuthentication(this IServiceCollection services)
    {
        // Not AddAuthentication: it would load the keys of Data Protection, which nothing here uses, and warn that they are not kept.
        services.AddAuthenticationCore(options => options.AddScheme<BearerHandler>(Scheme, displayName: null));
        services.AddTransient<BearerHandler>();
        services.AddAuthorization();
    }

    // Not the JwtBearer package: what a token must be is settled in the core, and the package copies all of its settings for every
    // request, which was two fifths of what GET /users/me allocated (docs/performance.md).
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
            // Not 401: the token may well be good, and the client must keep it.
            if (result?.Failure is AccessTokens.RevocationsUnknownException)
            {
                throw new RefusedException(Refusal.Busy, "It cannot be checked now which sessions have ended. Try again shortly.")
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
            // Before the keys were ever read (the database was away since the start) a good token must not look like a bad one: this
            // throws, which is a 503. Without a token there is nothing to check: /healthz and the like answer all the same.
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
