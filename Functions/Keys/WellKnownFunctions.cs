using System.Text.Json.Serialization;
using FunctionsApp.Core.Keys;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Functions.Keys;

/// <summary>A set of public keys (RFC 7517).</summary>
/// <param name="Keys">The keys that are valid now.</param>
public sealed record JsonWebKeys(IReadOnlyList<JsonWebKeys.Key> Keys) : IExample<JsonWebKeys>
{
    public static JsonWebKeys Example =>
        new([new("RSA", "sig", "RS256", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "0vx7agoebGcQSuuPiLJXZptN9nndrQmb…", "AQAB")]);

    /// <summary>A public key.</summary>
    /// <param name="Kty">The type of the key: `RSA` or `OKP`.</param>
    /// <param name="Use">Always `sig`.</param>
    /// <param name="Alg">The algorithm: `RS256` for access tokens, `EdDSA` for ticket codes.</param>
    /// <param name="Kid">The id of the key.</param>
    /// <param name="N">The modulus of an RSA key.</param>
    /// <param name="E">The exponent of an RSA key.</param>
    /// <param name="Crv">The curve of an OKP key (RFC 8037).</param>
    /// <param name="X">The public key of an OKP key.</param>
    public sealed record Key(
        string Kty,
        string Use,
        string Alg,
        string Kid,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? N = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? E = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Crv = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? X = null
    );
}

public sealed class WellKnownFunctions(KeyRing keys)
{
    [Function("WellKnownJwks"), AllowAnonymous, Tags("Accounts"), EndpointSummary("List public keys")]
    [EndpointDescription(
        "Returns the public keys (RFC 7517) that verify access tokens (RS256) and ticket codes (EdDSA), including the next key before "
            + "it signs and those of tokens issued before a key rotation."
    )]
    public async Task<Ok<JsonWebKeys>> Jwks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ".well-known/jwks.json")] HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var set = await keys.GetAsync(cancellationToken);
        request.HttpContext.Response.Headers.CacheControl = $"public, max-age={(int)KeyRotation.PublicKeyLifetime.TotalSeconds}";
        return TypedResults.Ok(
            new JsonWebKeys([
                .. set.AccessTokens.All.Values.Select(key => new JsonWebKeys.Key(
                    "RSA",
                    "sig",
                    SecurityAlgorithms.RsaSha256,
                    key.KeyId,
                    Base64UrlEncoder.Encode(key.Parameters.Modulus),
                    Base64UrlEncoder.Encode(key.Parameters.Exponent)
                )),
                .. set.TicketCodes.All.Values.Select(key => new JsonWebKeys.Key(
                    "OKP",
                    "sig",
                    "EdDSA",
                    key.Kid,
                    Crv: "Ed25519",
                    X: Base64UrlEncoder.Encode(key.PublicKey)
                )),
            ])
        );
    }
}
