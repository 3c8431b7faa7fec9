using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// The user of a valid access token. It is created once for each token and shared by all requests with it, so it must not be changed.
/// </summary>
public sealed class TokenPrincipal(ClaimsIdentity identity) : ClaimsPrincipal(identity)
{
    /// <summary>The claim <c>sub</c>.</summary>
    public string? Subject { get; } = identity.FindFirst(JwtRegisteredClaimNames.Sub)?.Value;

    /// <summary>The user; null if <see cref="Subject"/> is no id.</summary>
    public Guid? UserId { get; } = IdIn(identity, JwtRegisteredClaimNames.Sub);

    /// <summary>The session; null if the token has none.</summary>
    public Guid? SessionId { get; } = IdIn(identity, AccessTokens.Session);

    static Guid? IdIn(ClaimsIdentity identity, string claim) => Guid.TryParse(identity.FindFirst(claim)?.Value, out var id) ? id : null;
}
