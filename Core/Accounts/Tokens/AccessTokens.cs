using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Access tokens: JWTs signed with RS256 (RFC 7519, in the spirit of RFC 9068) with <c>sub</c> (user), <c>sid</c> (session), <c>role</c>,
/// <c>jti</c>. Checking one needs no database. A token that was checked is remembered with the id of its key: each pod verifies its
/// signature once, and refuses it when that key is revoked.
/// </summary>
public sealed class AccessTokens(KeyRing keys, RevokedSessions revoked, AccountOptions options, TimeProvider time)
{
    public const string Role = "role",
        Session = JwtRegisteredClaimNames.Sid;

    /// <summary>How much the clocks of pods may differ.</summary>
    public static readonly TimeSpan ClockSkew = ClockWatch.Tolerance;

    readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };
    readonly RecentlyUsed<string, CheckedToken> seen = new(capacity: 4096);

    /// <summary>Signs a token of a session of a user.</summary>
    public async Task<string> CreateAsync(Guid userId, Guid sessionId, Role role, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var signing = (await keys.GetAsync(cancellationToken)).AccessTokens.Signing;
        return handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = options.Issuer,
                Audience = options.Audience,
                IssuedAt = now,
                NotBefore = now,
                Expires = now + options.AccessTokenLifetime,
                SigningCredentials = new SigningCredentials(signing, SecurityAlgorithms.RsaSha256),
                Claims = new Dictionary<string, object>
                {
                    [JwtRegisteredClaimNames.Sub] = userId.ToString(),
                    [Session] = sessionId.ToString(),
                    [Role] = role.Name(),
                    [JwtRegisteredClaimNames.Jti] = Guid.CreateVersion7().ToString(),
                },
            }
        );
    }

    /// <summary>
    /// The user of a token that this process has checked before and that is still valid. Without a copy of the text: this is on the path of
    /// every request.
    /// </summary>
    /// <returns>Null if it was not, or is no longer: <see cref="ValidateAsync"/> returns the reason.</returns>
    public TokenPrincipal? FindVerified(ReadOnlySpan<char> token) =>
        seen.Find(token) is { } known && WhyRefused(known) is null ? known.Principal : null;

    /// <summary>Checks signature, algorithm, issuer, audience, times and that the session has not ended.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The key is not known here, and the database, which may know it, is unreachable.</exception>
    public async ValueTask<TokenValidationResult> ValidateAsync(string token)
    {
        if (seen.Find(token) is not { } known)
        {
            var (result, kid) = await CheckAsync(token);
            if (!result.IsValid)
                return result;
            known = new(
                result,
                kid,
                result.SecurityToken.ValidFrom,
                result.SecurityToken.ValidTo,
                new TokenPrincipal(result.ClaimsIdentity)
            );
            seen.Add(token, known);
        }

        return WhyRefused(known) is { } reason ? Refused(reason) : known.Result;
    }

    // What may change after the signature was checked.
    SecurityTokenValidationException? WhyRefused(CheckedToken token)
    {
        if (!keys.Current.AccessTokens.All.ContainsKey(token.Kid))
            return UnknownKey();
        // This machine's clock may have been set back.
        if (WhyNotLive(token.ValidFrom, token.ValidTo) is { } reason)
            return reason;
        if (!revoked.IsCurrentFor(token.Principal.UserId))
            return new RevocationsUnknownException();
        return token.Principal.SessionId is { } session && !revoked.Contains(session) ? null : new SessionEndedException();
    }

    async Task<(TokenValidationResult Result, string Kid)> CheckAsync(string token)
    {
        if (!handler.CanReadToken(token))
            return (Refused(new SecurityTokenMalformedException("The token is not a JWT.")), "");
        string kid;
        JsonWebToken jwt;
        try
        {
            jwt = handler.ReadJsonWebToken(token);
            kid = jwt.Kid ?? "";
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return (Refused(new SecurityTokenMalformedException("The token is not a JWT.", e)), "");
        }

        if (await keys.FindAccessTokenKeyAsync(kid, CancellationToken.None) is not { } key)
            return (Refused(UnknownKey()), kid);
        var result = await handler.ValidateTokenAsync(
            jwt,
            new TokenValidationParameters
            {
                ValidIssuer = options.Issuer,
                ValidAudience = options.Audience,
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                NameClaimType = JwtRegisteredClaimNames.Sub,
                RoleClaimType = Role,
                LifetimeValidator = (notBefore, expires, _, _) =>
                    expires is { } end && (WhyNotLive(notBefore ?? DateTime.MinValue, end) is { } reason ? throw reason : true),
            }
        );
        return (result, kid);
    }

    SecurityTokenValidationException? WhyNotLive(DateTime notBefore, DateTime expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (notBefore - now > ClockSkew)
            return new SecurityTokenNotYetValidException("The token is not valid yet.") { NotBefore = notBefore };
        return now - expires > ClockSkew ? new SecurityTokenExpiredException("The token expired.") { Expires = expires } : null;
    }

    static SecurityTokenSignatureKeyNotFoundException UnknownKey() => new("The token was not signed with a key of this service.");

    sealed record CheckedToken(TokenValidationResult Result, string Kid, DateTime ValidFrom, DateTime ValidTo, TokenPrincipal Principal);

    /// <summary>The token is valid, but its session ended before it expired.</summary>
    public sealed class SessionEndedException() : SecurityTokenValidationException("The session has ended.");

    /// <summary>
    /// The token is valid, but whether its session has ended is not known at the moment:
    /// <see cref="AccountOptions.RevocationTolerance"/>.
    /// </summary>
    public sealed class RevocationsUnknownException() : SecurityTokenValidationException("Which sessions have ended is not known.");

    static TokenValidationResult Refused(Exception why) => new() { IsValid = false, Exception = why };
}
