using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FunctionsApp.Core.Tests.Keys;
using FunctionsApp.Core.Tickets;
using NSec.Cryptography;

namespace FunctionsApp.Core.Tests.Tickets;

public sealed class TicketCodesTests
{
    static readonly string Seed = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        OtherSeed = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    static readonly TicketCode Ticket = new('t', Guid.CreateVersion7(), Guid.CreateVersion7());

    [Fact]
    public void A_signed_code_is_read_back()
    {
        var codes = Codes(Seed);

        Assert.True(codes.TryRead(codes.Sign(Ticket), out var read));

        Assert.Equal(Ticket, read);
    }

    [Fact]
    public void The_same_ticket_has_the_same_code_in_every_process()
    {
        TicketCodes codes = Codes(Seed),
            others = Codes(Seed);
        Assert.Equal(codes.Sign(Ticket), others.Sign(Ticket));
        Assert.NotEqual(codes.Sign(Ticket), codes.Sign(Ticket with { Ticket = Guid.CreateVersion7() }));
    }

    [Fact]
    public void A_device_with_the_public_key_alone_verifies_a_code()
    {
        var codes = Codes(Seed);
        var parts = codes.Sign(Ticket).Split('.');
        var key = Assert.Single(TestKeys.WithCodeKeys(Seed).Current.TicketCodes.All.Values);

        var x = PublicKey.Import(SignatureAlgorithm.Ed25519, key.PublicKey, KeyBlobFormat.RawPublicKey);
        Assert.True(
            SignatureAlgorithm.Ed25519.Verify(x, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]))
        );

        var header = JsonElement.Parse(Base64Url.DecodeFromChars(parts[0]));
        Assert.Equal(("EdDSA", key.Kid), (header.GetProperty("alg").GetString(), header.GetProperty("kid").GetString()));
        var payload = JsonElement.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal(["k", "run", "tkt"], payload.EnumerateObject().Select(one => one.Name).Order());
        Assert.Equal("t", payload.GetProperty("k").GetString());
    }

    [Fact]
    public void A_code_with_any_bit_flipped_is_refused()
    {
        var codes = Codes(Seed);
        var code = codes.Sign(Ticket);
        for (var i = 0; i < code.Length; i++)
        {
            for (var bit = 0; bit < 16; bit++)
                Refuses(codes, code[..i] + (char)(code[i] ^ (1 << bit)) + code[(i + 1)..]);
        }

        var parts = code.Split('.').Select(part => Base64Url.DecodeFromChars(part)).ToArray();
        for (var part = 0; part < parts.Length; part++)
        {
            for (var bit = 0; bit < parts[part].Length * 8; bit++)
            {
                parts[part][bit / 8] ^= (byte)(1 << (bit % 8));
                Refuses(codes, string.Join('.', parts.Select(one => Base64Url.EncodeToString(one))));
                parts[part][bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void A_code_cut_short_or_lengthened_is_refused()
    {
        var codes = Codes(Seed);
        var code = codes.Sign(Ticket);
        for (var length = 0; length < code.Length; length++)
            Refuses(codes, code[..length]);
        foreach (var more in new[] { "A", "=", "==", ".", " ", ".AA", new string('A', 10_000) })
            Refuses(codes, code + more);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("ü.ü.ü")]
    [InlineData("not a code")]
    public void A_text_that_is_not_a_code_is_refused(string text)
    {
        var codes = Codes(Seed);
        Refuses(codes, text);
    }

    [Fact]
    public void A_code_of_another_service_is_refused_even_with_the_id_of_this_key()
    {
        TicketCodes codes = Codes(Seed),
            others = Codes(OtherSeed);
        var foreign = others.Sign(Ticket);
        Refuses(codes, foreign);

        var header = codes.Sign(Ticket).Split('.')[0];
        var text = $"{header}.{foreign.Split('.')[1]}";
        using var key = Key.Import(SignatureAlgorithm.Ed25519, Convert.FromBase64String(OtherSeed), KeyBlobFormat.RawPrivateKey);
        Refuses(codes, $"{text}.{Base64Url.EncodeToString(SignatureAlgorithm.Ed25519.Sign(key, Encoding.ASCII.GetBytes(text)))}");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("EdDSA")]
    public void A_code_with_another_header_is_refused(string alg)
    {
        var codes = Codes(Seed);
        var parts = codes.Sign(Ticket).Split('.');
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"{{alg}}","kid":"x"}"""));
        var text = $"{header}.{parts[1]}";
        var mac = Base64Url.EncodeToString(
            HMACSHA256.HashData(TestKeys.WithCodeKeys(Seed).Current.TicketCodes.Signing.PublicKey, Encoding.ASCII.GetBytes(text))
        );
        foreach (var signature in new[] { "", parts[2], mac })
            Refuses(codes, $"{text}.{signature}");
    }

    [Fact]
    public void The_first_key_signs_and_all_verify()
    {
        TicketCodes before = Codes(Seed),
            after = Codes(OtherSeed, Seed);
        Assert.True(after.TryRead(before.Sign(Ticket), out _));
        Assert.NotEqual(before.Sign(Ticket), after.Sign(Ticket));
        Refuses(before, after.Sign(Ticket));
    }

    [Fact]
    public void Without_a_secret_and_keys_of_its_own_the_configured_signing_keys_give_one()
    {
        var (codes, same) = (new TicketCodes(TestKeys.Configured), new TicketCodes(TestKeys.Configured));
        Assert.True(same.TryRead(codes.Sign(Ticket), out _));
        Refuses(Codes(Seed), codes.Sign(Ticket));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not Base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_that_is_not_32_bytes_in_Base64_is_an_invalid_setting(string key) =>
        Assert.Contains(
            "Tickets__CodeKeys__1",
            Assert.Throws<ConfigurationException>(() => Codes(Seed, key)).Message,
            StringComparison.Ordinal
        );

    static TicketCodes Codes(params string[] seeds) => TestKeys.TicketCodes(seeds);

    static void Refuses(TicketCodes codes, string text)
    {
        Assert.False(codes.TryRead(text, out var code), text);
        Assert.Null(code);
    }
}
