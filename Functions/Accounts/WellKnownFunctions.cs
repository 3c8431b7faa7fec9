using System.Text.Json.Serialization;
using Core.Accounts;
using Core.Tickets;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.IdentityModel.Tokens;

namespace Functions.Accounts;

/// <summary>A set of public keys (RFC 7517).</summary>
public sealed record JsonWebKeys(IReadOnlyList<JsonWebKeys.Key> Keys) : IExample<JsonWebKeys>
{
    public static JsonWebKeys Example => new([new("RSA", "sig", "RS256", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "0vx7agoebGcQSuuPiLJXZptN9nndrQmb…", "AQAB")]);

    /// <param name="N">Of an RSA key: the modulus.</param>
    /// <param name="E">Of an RSA key: the exponent.</param>
    /// <param name="Crv">Of a key on a curve (RFC 8037): its name.</param>
    /// <param name="X">Of a key on a curve: the public key.</param>
    public sealed record Key(
        string Kty, string Use, string Alg, string Kid,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? N = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? E = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Crv = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? X = null);
}

public sealed class WellKnownFunctions(SigningKeys keys, TicketCodes codes)
{
    [Function("WellKnownJwks"), AllowAnonymous, Tags("Accounts"), EndpointSummary("Public keys"), EndpointDescription("The keys that access tokens are signed with (RSA): the current one and those whose tokens may still be good; and those of the codes of tickets (Ed25519).")]
    public async Task<Ok<JsonWebKeys>> Jwks([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ".well-known/jwks.json")] HttpRequest request, CancellationToken cancel)
    {
        request.HttpContext.Response.Headers.CacheControl = "public, max-age=60";
        return TypedResults.Ok(new JsonWebKeys([
            .. (await keys.GetAsync(cancel)).All.Values.Select(key =>
                new JsonWebKeys.Key("RSA", "sig", SecurityAlgorithms.RsaSha256, key.KeyId, Base64UrlEncoder.Encode(key.Parameters.Modulus), Base64UrlEncoder.Encode(key.Parameters.Exponent))),
            .. codes.PublicKeys.Select(key => new JsonWebKeys.Key("OKP", "sig", "EdDSA", key.Kid, Crv: "Ed25519", X: key.X)),
        ]));
    }
}
