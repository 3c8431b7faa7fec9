using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>With a database that is out of reach: checking a token needs none.</summary>
public sealed class AccessTokensTests : IDisposable
{
    static readonly PostgresDatabase NoDatabase = new("Host=127.0.0.1;Port=1;Timeout=1");

    readonly ManualTime time = new();
    readonly Pod pod;

    public AccessTokensTests() => pod = new(NoDatabase, options => options.RevocationTolerance = TimeSpan.FromDays(1), time);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => pod.Dispose();

    [Fact]
    public async Task A_token_contains_user_session_and_role()
    {
        var (user, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var result = await CheckAsync(await pod.Tokens.CreateAsync(user, session, Role.Inspector, Cancel));

        Assert.True(result.IsValid);
        Assert.Equal(user.ToString(), result.ClaimsIdentity.Name);
        Assert.Equal(session.ToString(), result.ClaimsIdentity.FindFirst(AccessTokens.Session)!.Value);
        Assert.Contains(result.ClaimsIdentity.Claims, claim => claim is { Type: "role", Value: "inspector" });
        Assert.True(new System.Security.Claims.ClaimsPrincipal(result.ClaimsIdentity).IsInRole(Roles.Inspector));
        var token = Assert.IsType<JsonWebToken>(result.SecurityToken);
        Assert.Equal(("RS256", "functionsapp", "functionsapp"), (token.Alg, token.Issuer, Assert.Single(token.Audiences)));
        Assert.Equal(TimeSpan.FromMinutes(15), token.ValidTo - token.ValidFrom);
    }

    [Fact]
    public async Task Two_tokens_of_one_moment_are_different()
    {
        var (user, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.NotEqual(
            await pod.Tokens.CreateAsync(user, session, Role.User, Cancel),
            await pod.Tokens.CreateAsync(user, session, Role.User, Cancel)
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_valid_token_is_refused_while_ended_sessions_have_not_been_read_for_too_long_and_accepted_afterwards(bool before)
    {
        pod.Options.RevocationTolerance = TimeSpan.FromSeconds(30);
        var token = await NewAsync();
        if (before)
            await AcceptedAsync(token);

        time.Advance(pod.Options.RevocationInterval + pod.Options.RevocationTolerance);
        await AcceptedAsync(token);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<AccessTokens.RevocationsUnknownException>((await CheckAsync(token)).Exception);
        Assert.IsNotType<AccessTokens.RevocationsUnknownException>((await CheckAsync(token[..^8])).Exception);

        pod.Revoked.Learn([], time.GetTimestamp());
        await AcceptedAsync(token);
    }

    [Fact]
    public async Task No_token_is_trusted_before_ended_sessions_were_read_once()
    {
        var revoked = new RevokedSessions(new(NoDatabase), pod.Options, time);
        var tokens = new AccessTokens(pod.Keys, revoked, pod.Options, time);

        Assert.IsType<AccessTokens.RevocationsUnknownException>((await tokens.ValidateAsync(await NewAsync())).Exception);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_is_accepted_until_it_expires_whether_it_was_checked_before_or_not(bool before)
    {
        var token = await NewAsync();
        if (before)
            await AcceptedAsync(token);

        time.Advance(pod.Options.AccessTokenLifetime + AccessTokens.ClockSkew);
        await AcceptedAsync(token);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<SecurityTokenExpiredException>((await CheckAsync(token)).Exception);
    }

    [Fact]
    public async Task A_token_that_was_never_checked_before_it_expired_is_expired()
    {
        var token = await NewAsync();
        time.Advance(pod.Options.AccessTokenLifetime + AccessTokens.ClockSkew + TimeSpan.FromSeconds(1));
        Assert.IsType<SecurityTokenExpiredException>((await CheckAsync(token)).Exception);
    }

    [Fact]
    public async Task A_token_from_a_clock_that_is_slightly_ahead_is_accepted_and_from_one_far_ahead_refused()
    {
        var ahead = new ManualTime();
        using var other = new Pod(NoDatabase, time: ahead);
        ahead.Advance(AccessTokens.ClockSkew);
        await AcceptedAsync(await other.Tokens.CreateAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), Role.User, Cancel));

        ahead.Advance(TimeSpan.FromSeconds(10));
        await RefusedAsync(await other.Tokens.CreateAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), Role.User, Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_of_an_ended_session_is_refused_whether_it_was_checked_before_or_not(bool before)
    {
        var session = Guid.CreateVersion7();
        var token = await pod.Tokens.CreateAsync(Guid.CreateVersion7(), session, Role.User, Cancel);
        var bystander = await NewAsync();
        if (before)
            await AcceptedAsync(token);
        pod.Revoked.Add([session]);

        await RefusedAsync(token);
        await RefusedAsync(token);
        await AcceptedAsync(bystander);
    }

    [Fact]
    public async Task A_token_signed_with_the_genuine_key_is_accepted_unlike_the_forgeries_below() => await AcceptedAsync(Signed(_ => { }));

    [Fact]
    public async Task An_unsigned_token_is_refused()
    {
        await RefusedAsync(Signed(token => token.SigningCredentials = null));
        foreach (var alg in (string[])["none", "None", "NONE", ""])
        {
            await RefusedAsync(WithHeader($$"""{"alg":"{{alg}}","typ":"JWT","kid":"{{Key.KeyId}}"}""", signature: ""));
            await RefusedAsync(WithHeader($$"""{"alg":"{{alg}}","typ":"JWT","kid":"{{Key.KeyId}}"}"""));
        }
    }

    [Fact]
    public async Task A_token_signed_HS256_with_the_public_key_is_refused()
    {
        using var rsa = RSA.Create(Key.Parameters with { D = null, P = null, Q = null, DP = null, DQ = null, InverseQ = null });
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
            Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"),
            Encoding.UTF8.GetBytes(rsa.ExportRSAPublicKeyPem()),
            rsa.ExportSubjectPublicKeyInfo(),
            rsa.ExportRSAPublicKey(),
            Key.Parameters.Modulus!,
        ];
        foreach (var secret in secrets)
            await RefusedAsync(
                Signed(token =>
                    token.SigningCredentials = new(new SymmetricSecurityKey(secret) { KeyId = Key.KeyId }, SecurityAlgorithms.HmacSha256)
                )
            );
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha384)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    public async Task Another_algorithm_with_the_right_key_is_refused(string algorithm) =>
        await RefusedAsync(Signed(token => token.SigningCredentials = new(Key, algorithm)));

    [Fact]
    public async Task A_token_signed_with_another_key_is_refused_under_its_own_id_under_ours_and_without_one()
    {
        foreach (var kid in (string?[])["another", "", null, Key.KeyId])
        {
            using var rsa = RSA.Create(2048);
            await RefusedAsync(
                Signed(token =>
                    token.SigningCredentials = new(
                        new RsaSecurityKey(rsa.ExportParameters(true)) { KeyId = kid },
                        SecurityAlgorithms.RsaSha256
                    )
                )
            );
        }
    }

    [Fact]
    public async Task The_right_key_under_another_id_is_refused() =>
        await RefusedAsync(
            Signed(token =>
                token.SigningCredentials = new(new RsaSecurityKey(Key.Parameters) { KeyId = "another" }, SecurityAlgorithms.RsaSha256)
            )
        );

    [Fact]
    public async Task A_token_with_another_issuer_or_audience_or_without_one_is_refused()
    {
        await RefusedAsync(Signed(token => token.Issuer = "another"));
        await RefusedAsync(Signed(token => token.Issuer = null));
        await RefusedAsync(Signed(token => token.Audience = "another"));
        await RefusedAsync(Signed(token => token.Audience = null));
    }

    [Fact]
    public async Task A_token_without_an_end_or_without_a_session_is_refused()
    {
        await RefusedAsync(Signed(token => token.Expires = null));
        await RefusedAsync(Signed(token => token.Claims.Remove("sid")));
        await RefusedAsync(Signed(token => token.Claims["sid"] = "x"));
    }

    [Fact]
    public async Task A_token_with_any_part_changed_is_refused()
    {
        var token = Signed(_ => { });
        await AcceptedAsync(token);
        for (var i = 0; i < token.Length; i += 7)
        {
            if (token[i] == '.')
                continue;
            await RefusedAsync(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]);
        }
    }

    [Property(MaxTest = 500)]
    public Property Any_text_is_refused_without_an_exception() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => RefusedAsync(text.Get));

    [Property(MaxTest = 500)]
    public Property Any_texts_with_dots_between_are_refused_without_an_exception() =>
        Prop.ForAll(
            Gen.Elements("", "e30", "bnVsbA", "W10", "eyJ", "eyJhbGciOiJub25lIn0", "e30=", "é", " ", "\0", "AAAA", "a", "%")
                .ListOf(6)
                .ToArbitrary(),
            Gen.Choose(0, 6).ToArbitrary(),
            (parts, count) => RefusedAsync(string.Join('.', parts.Take(count)))
        );

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{\"alg\":1}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":1}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":null}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":[\"a\"]}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":{}}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":\"\\u0000\"}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":\"\\ud800\"}")]
    [InlineData("{\"alg\":\"RS256\",\"x5c\":1,\"zip\":\"DEF\",\"crit\":[\"x\"]}")]
    [InlineData("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}")]
    [InlineData("{\"alg\":\"dir\",\"enc\":\"A128CBC-HS256\"}")]
    public async Task Any_header_is_refused_without_an_exception(string header)
    {
        await RefusedAsync(WithHeader(header));
        await RefusedAsync(WithHeader(header, signature: ""));
        var encoded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
        await RefusedAsync($"{encoded}.AAAA.AAAA.AAAA.AAAA");
        await RefusedAsync($"{encoded}..AAAA.AAAA.AAAA");
        await RefusedAsync($"{encoded}.A.A.A.A");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"exp\":\"x\"}")]
    [InlineData("{\"exp\":1e300,\"sid\":\"x\"}")]
    [InlineData("{\"exp\":99999999999999999999999,\"nbf\":-99999999999999999999}")]
    [InlineData("{\"exp\":9223372036854775807,\"nbf\":-9223372036854775808}")]
    [InlineData("{\"iss\":1,\"aud\":{},\"exp\":[],\"sub\":null}")]
    public async Task Any_payload_is_refused_without_an_exception_even_with_the_right_signature(string payload)
    {
        var content = $"{Encoded($$"""{"alg":"RS256","kid":"{{Key.KeyId}}"}""")}.{Encoded(payload)}";
        using var rsa = RSA.Create(Key.Parameters);
        var signature = rsa.SignData(Encoding.UTF8.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        await RefusedAsync($"{content}.{Base64Url.EncodeToString(signature)}");

        static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task A_huge_text_is_refused_without_an_exception()
    {
        await RefusedAsync(new string('a', 2_000_000));
        await RefusedAsync(new string('.', 2_000_000));
        await RefusedAsync(WithHeader(new string('{', 100_000)));
        await RefusedAsync(WithHeader(new string('[', 100_000)));
    }

    RsaSecurityKey Key => pod.Keys.GetAsync(Cancel).AsTask().GetAwaiter().GetResult().AccessTokens.Signing;

    Task<string> NewAsync() => pod.Tokens.CreateAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), Role.User, Cancel);

    ValueTask<TokenValidationResult> CheckAsync(string token) => pod.Tokens.ValidateAsync(token);

    async Task AcceptedAsync(string token) => Assert.True((await CheckAsync(token)).IsValid);

    async Task RefusedAsync(string token)
    {
        var result = await CheckAsync(token);
        Assert.False(result.IsValid);
        Assert.NotNull(result.Exception);
    }

    // A token as the service makes them, apart from what the test changes.
    string Signed(Action<SecurityTokenDescriptor> change)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var token = new SecurityTokenDescriptor
        {
            Issuer = pod.Options.Issuer,
            Audience = pod.Options.Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(15),
            SigningCredentials = new(Key, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object>
            {
                ["sub"] = Guid.CreateVersion7().ToString(),
                ["sid"] = Guid.CreateVersion7().ToString(),
                ["role"] = "admin",
            },
        };
        change(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    // Another header on a genuine token.
    string WithHeader(string header, string? signature = null)
    {
        var parts = Signed(_ => { }).Split('.');
        return $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{parts[1]}.{signature ?? parts[2]}";
    }
}
