using Core.Accounts;
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

    public sealed record Key(string Kty, string Use, string Alg, string Kid, string N, string E);
}

public sealed class WellKnownFunctions(SigningKeys keys)
{
    [Function("WellKnownJwks"), AllowAnonymous, Tags("Accounts"), EndpointSummary("Public keys"), EndpointDescription("The keys that access tokens are signed with: the current one and those whose tokens may still be good.")]
    public async Task<Ok<JsonWebKeys>> Jwks([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ".well-known/jwks.json")] HttpRequest request, CancellationToken cancel)
    {
        request.HttpContext.Response.Headers.CacheControl = "public, max-age=60";
        return TypedResults.Ok(new JsonWebKeys([
            .. (await keys.GetAsync(cancel)).All.Values.Select(key =>
                new JsonWebKeys.Key("RSA", "sig", SecurityAlgorithms.RsaSha256, key.KeyId, Base64UrlEncoder.Encode(key.Parameters.Modulus), Base64UrlEncoder.Encode(key.Parameters.Exponent))),
        ]));
    }
}
