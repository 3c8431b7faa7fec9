using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace FunctionsApp.Functions.Tests.Accounts;

/// <summary>A copy of a genuine access token, to change and sign in any way.</summary>
sealed class ForgedToken
{
    ForgedToken(JsonObject header, JsonObject claims) => (Header, Claims) = (header, claims);

    public JsonObject Header { get; }

    public JsonObject Claims { get; }

    string Content => $"{Encode(Encoding.UTF8.GetBytes(Header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(Claims.ToJsonString()))}";

    public static ForgedToken Of(string token)
    {
        var parts = token.Split('.');
        return new(Parse(parts[0]), Parse(parts[1]));

        static JsonObject Parse(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
    }

    public ForgedToken With(string claim, JsonNode? value)
    {
        Claims[claim] = value;
        return this;
    }

    public ForgedToken Without(string claim)
    {
        Assert.True(Claims.Remove(claim));
        return this;
    }

    public string Unsigned(string algorithm)
    {
        Header["alg"] = algorithm;
        return $"{Content}.";
    }

    public string SignedHs256(byte[] key)
    {
        Header["alg"] = "HS256";
        return $"{Content}.{Encode(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(Content)))}";
    }

    public string SignedRs256(RSA key) => Signed("RS256", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public string Signed(string algorithm, RSA key, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        Header["alg"] = algorithm;
        return $"{Content}.{Encode(key.SignData(Encoding.UTF8.GetBytes(Content), hash, padding))}";
    }

    static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
