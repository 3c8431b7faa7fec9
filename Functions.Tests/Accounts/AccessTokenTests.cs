using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

/// <summary>On a server whose private key is known, so that a token can be wrong in one way only.</summary>
[OwnServer]
public sealed class AccessTokenTests(KnownKeyServer server) : IClassFixture<KnownKeyServer>
{
    static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    [Fact]
    public async Task A_copy_of_a_genuine_token_signed_with_the_servers_key_is_accepted()
    {
        var person = await server.Api.NewPersonAsync();

        await AcceptedAsync(ForgedToken.Of(person.Token).SignedRs256(server.Key));
    }

    [Fact]
    public async Task A_token_contains_subject_audience_and_expiry()
    {
        var person = await server.Api.NewPersonAsync();

        var token = ForgedToken.Of(person.Token);

        Assert.Equal(("RS256", "JWT"), ((string?)token.Header["alg"], (string?)token.Header["typ"]));
        Assert.NotNull(token.Header["kid"]);
        Assert.Equal((person.Id.ToString(), "user"), ((string?)token.Claims["sub"], (string?)token.Claims["role"]));
        Assert.Equal(("functionsapp", "functionsapp"), ((string?)token.Claims["iss"], (string?)token.Claims["aud"]));
        Assert.Equal(15 * 60, (long)token.Claims["exp"]! - (long)token.Claims["iat"]!);
    }

    [Fact]
    public async Task An_expired_token_is_401()
    {
        var person = await server.Api.NewPersonAsync();

        await RefusedAsync(ForgedToken.Of(person.Token).With("exp", Now - 60).SignedRs256(server.Key));
        await RefusedAsync(ForgedToken.Of(person.Token).Without("exp").SignedRs256(server.Key));
        await RefusedAsync(ForgedToken.Of(person.Token).With("nbf", Now + 600).SignedRs256(server.Key));
    }

    [Fact]
    public async Task A_token_that_was_accepted_before_expires()
    {
        await using var hasty = await server.Servers.StartAsync(("Accounts__AccessTokenLifetime", "00:00:01"));
        var person = await hasty.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);

        // One second and the five that clocks may be apart.
        (await hasty.Api.PollAsync("/users/me", response => (int)response.Status != 200, person.Token)).IsProblem(401);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("")]
    [InlineData("RS256")]
    public async Task An_unsigned_token_is_401(string algorithm)
    {
        var person = await server.Api.NewPersonAsync();

        await RefusedAsync(ForgedToken.Of(person.Token).With("role", "admin").Unsigned(algorithm));
        await RefusedAsync(ForgedToken.Of(person.Token).With("role", "admin").Unsigned(algorithm) + person.Token.Split('.')[2]);
    }

    [Fact]
    public async Task A_token_signed_HS256_with_the_public_key_in_any_form_is_401()
    {
        var person = await server.Api.NewPersonAsync();
        var published = (await server.Api.GetAsync("/.well-known/jwks.json")).Is(200).Json.GetProperty("keys")[0];
        byte[][] keys =
        [
            Base64Url.DecodeFromChars(published.GetProperty("n").GetString()),
            Encoding.UTF8.GetBytes(published.GetProperty("n").GetString()!),
            Encoding.UTF8.GetBytes(published.GetRawText()),
            Encoding.UTF8.GetBytes(server.Key.ExportSubjectPublicKeyInfoPem()),
            Encoding.UTF8.GetBytes(server.Key.ExportSubjectPublicKeyInfoPem() + "\n"),
            Encoding.UTF8.GetBytes(server.Key.ExportRSAPublicKeyPem()),
            server.Key.ExportSubjectPublicKeyInfo(),
            server.Key.ExportRSAPublicKey(),
        ];

        foreach (var key in keys)
        {
            await RefusedAsync(ForgedToken.Of(person.Token).SignedHs256(key));
            var withoutKeyId = ForgedToken.Of(person.Token);
            withoutKeyId.Header.Remove("kid");
            await RefusedAsync(withoutKeyId.SignedHs256(key));
        }
    }

    [Fact]
    public async Task Another_algorithm_with_the_right_key_is_401()
    {
        var person = await server.Api.NewPersonAsync();

        await RefusedAsync(ForgedToken.Of(person.Token).Signed("RS512", server.Key, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
        await RefusedAsync(ForgedToken.Of(person.Token).Signed("PS256", server.Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    [Fact]
    public async Task A_token_of_another_issuer_or_audience_is_401()
    {
        var person = await server.Api.NewPersonAsync();

        foreach (var claim in new[] { "iss", "aud" })
        {
            await RefusedAsync(ForgedToken.Of(person.Token).With(claim, "somebody-else").SignedRs256(server.Key));
            await RefusedAsync(ForgedToken.Of(person.Token).With(claim, "").SignedRs256(server.Key));
            await RefusedAsync(ForgedToken.Of(person.Token).Without(claim).SignedRs256(server.Key));
        }
    }

    [Fact]
    public async Task A_token_signed_with_another_key_is_401_even_if_it_contains_that_key()
    {
        var person = await server.Api.NewPersonAsync();
        using var other = RSA.Create(2048);

        await RefusedAsync(ForgedToken.Of(person.Token).SignedRs256(other));
        foreach (var kid in new[] { null, "", "unknown", "../../../dev/null", "' or 1=1 --" })
        {
            var token = ForgedToken.Of(person.Token);
            token.Header["kid"] = kid;
            token.Header["jwk"] = new JsonObject
            {
                ["kty"] = "RSA",
                ["n"] = Base64Url.EncodeToString(other.ExportParameters(false).Modulus),
                ["e"] = Base64Url.EncodeToString(other.ExportParameters(false).Exponent),
            };
            await RefusedAsync(token.SignedRs256(other));
        }
    }

    [Fact]
    public async Task A_token_without_user_or_session_is_401()
    {
        var person = await server.Api.NewPersonAsync();

        foreach (var claim in new[] { "sub", "sid" })
        {
            await RefusedAsync(ForgedToken.Of(person.Token).Without(claim).SignedRs256(server.Key));
            await RefusedAsync(ForgedToken.Of(person.Token).With(claim, "7").SignedRs256(server.Key));
        }
    }

    [Fact]
    public async Task A_token_cut_anywhere_is_401()
    {
        var person = await server.Api.NewPersonAsync();
        var token = person.Token;

        foreach (
            var length in Enumerable
                .Range(0, token.Length)
                .Where(i => i % 37 == 0 || i > token.Length - 5 || token[i] == '.' || i > 0 && token[i - 1] == '.')
        )
        {
            await RefusedAsync(token[..length].Length == 0 ? "." : token[..length]);
        }

        (await person.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    public async Task A_token_with_any_bit_of_a_character_flipped_is_401()
    {
        var person = await server.Api.NewPersonAsync();
        var token = person.Token;
        (await person.GetAsync("/users/me")).Is(200);

        // The last character's lower bits are padding, which belongs to no byte.
        for (var i = 0; i < token.Length - 1; i += 7)
        {
            var flipped = (char)(token[i] ^ 1);
            await RefusedAsync(
                $"{token[..i]}{(char.IsAsciiLetterOrDigit(flipped) ? flipped : 'A' == token[i] ? 'B' : 'A')}{token[(i + 1)..]}"
            );
        }
    }

    [Fact]
    public async Task A_malformed_token_is_401()
    {
        foreach (var wrong in new[] { "x", "a.b.c", "....", "e30.e30.e30", "e30.e30.", "null", new string('a', 6000), "ey.ey.ey.ey.ey" })
            await RefusedAsync(wrong);
        (await server.Api.SendAsync(HttpMethod.Get, "/users/me", null, null, ("Authorization", "Basic YTpi"))).IsProblem(401);
        (await server.Api.SendAsync(HttpMethod.Get, "/users/me", null, null, ("Authorization", "Bearer"))).IsProblem(401);
    }

    [Fact]
    public async Task A_role_in_a_token_counts_only_when_the_server_signed_it()
    {
        var person = await server.Api.NewPersonAsync();
        var parts = person.Token.Split('.');
        var claims = ForgedToken.Of(person.Token).With("role", "admin").Unsigned("RS256").Split('.')[1];

        await RefusedAsync($"{parts[0]}.{claims}.{parts[2]}", "/users");
        (await server.Api.GetAsync("/users", ForgedToken.Of(person.Token).With("role", "emperor").SignedRs256(server.Key))).IsProblem(403);
    }

    [Fact]
    public async Task Jwks_verifies_a_token()
    {
        var person = await server.Api.NewPersonAsync();
        var parts = person.Token.Split('.');
        var response = (await server.Api.GetAsync("/.well-known/jwks.json")).Is(200);
        var kid = (string?)ForgedToken.Of(person.Token).Header["kid"];

        var key = Assert.Single(response.Json.GetProperty("keys").EnumerateArray(), one => one.GetProperty("kid").GetString() == kid);

        Assert.Equal(["alg", "e", "kid", "kty", "n", "use"], key.EnumerateObject().Select(field => field.Name).Order());
        Assert.Equal(
            ("RSA", "sig", "RS256"),
            (key.GetProperty("kty").GetString(), key.GetProperty("use").GetString(), key.GetProperty("alg").GetString())
        );
        using var rsa = RSA.Create(
            new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(key.GetProperty("n").GetString()),
                Exponent = Base64Url.DecodeFromChars(key.GetProperty("e").GetString()),
            }
        );
        Assert.True(
            rsa.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
        );
    }

    [Fact]
    public async Task Several_configured_keys_verify_and_the_first_signs()
    {
        using var newer = RSA.Create(2048);
        await using var rotated = await server.Servers.StartAsync(
            ("Accounts__SigningKeys__0", newer.ExportPkcs8PrivateKeyPem()),
            ("Accounts__SigningKeys__1", server.Key.ExportPkcs8PrivateKeyPem())
        );
        var person = await rotated.Api.NewPersonAsync();
        var old = ForgedToken.Of(person.Token);
        old.Header["kid"] = (await server.Api.GetAsync("/.well-known/jwks.json"))
            .Is(200)
            .Json.GetProperty("keys")[0]
            .GetProperty("kid")
            .GetString();

        (await rotated.Api.GetAsync("/users/me", old.SignedRs256(server.Key))).Is(200);

        Assert.Equal(
            2,
            (await rotated.Api.GetAsync("/.well-known/jwks.json"))
                .Is(200)
                .Json.GetProperty("keys")
                .EnumerateArray()
                .Count(key => key.GetProperty("kty").GetString() == "RSA")
        );
        await RefusedAsync(person.Token);
    }

    async Task RefusedAsync(string token, string path = "/users/me")
    {
        var response = (await server.Api.SendAsync(HttpMethod.Get, path, null, null, ("Authorization", $"Bearer {token}"))).IsProblem(401);
        Assert.Contains("invalid_token", response.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    async Task AcceptedAsync(string token) => (await server.Api.GetAsync("/users/me", token)).Is(200);
}

/// <summary>A server that signs with a key of the tests.</summary>
public sealed class KnownKeyServer(TestServers servers) : IAsyncLifetime
{
    TestServer? server;

    public RSA Key { get; } = RSA.Create(2048);

    public TestServers Servers => servers;

    public Api Api => server!.Api;

    public async ValueTask InitializeAsync() =>
        server = await servers.StartAsync(("Accounts__SigningKeys__0", Key.ExportPkcs8PrivateKeyPem()));

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        Key.Dispose();
    }
}
