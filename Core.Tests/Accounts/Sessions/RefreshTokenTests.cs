using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class RefreshTokenTests
{
    [Property]
    public void The_text_is_parsed_to_the_same_token(Guid user, Guid session)
    {
        var token = RefreshToken.Create(user, session);

        Assert.True(RefreshToken.TryParse(token.ToString(), out var read));
        Assert.Equal((user, session), (read.UserId, read.SessionId));
        Assert.Equal(Facts(token), Facts(read));
        Assert.Equal(token.ToString(), read.ToString());
    }

    [Fact]
    public void The_text_is_safe_in_a_url_and_a_header() => Assert.Matches("^[A-Za-z0-9_-]{107}$", Token().ToString());

    [Fact]
    public void Two_tokens_of_one_session_share_no_secret()
    {
        var (user, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (one, other) = (RefreshToken.Create(user, session), RefreshToken.Create(user, session));

        Assert.NotEqual(one.FamilyHash, other.FamilyHash);
        Assert.NotEqual(one.SecretHash, other.SecretHash);
    }

    [Fact]
    public void The_successor_is_the_same_for_the_same_salt_and_another_for_another()
    {
        var token = Token();
        var salt = RefreshToken.NewSalt();

        Assert.Equal(token.Next(salt).ToString(), token.Next([.. salt]).ToString());
        Assert.NotEqual(token.Next(salt).ToString(), token.Next(RefreshToken.NewSalt()).ToString());
    }

    [Fact]
    public void The_successor_belongs_to_the_same_family_and_has_a_secret_of_its_own()
    {
        var token = Token();
        var next = token.Next(RefreshToken.NewSalt());

        Assert.Equal((token.UserId, token.SessionId), (next.UserId, next.SessionId));
        Assert.Equal(token.FamilyHash, next.FamilyHash);
        Assert.NotEqual(token.SecretHash, next.SecretHash);
    }

    [Fact]
    public void The_salt_alone_does_not_make_the_successor()
    {
        var salt = RefreshToken.NewSalt();
        Assert.NotEqual(Token().Next(salt).SecretHash, Token().Next(salt).SecretHash);
    }

    [Property]
    public Property A_text_with_one_character_changed_is_not_a_token_or_is_a_token_with_other_contents() =>
        Prop.ForAll(
            Gen.Choose(0, 106).ToArbitrary(),
            Gen.Elements("ABCxyz019-_=+/ \n\0é".ToCharArray()).ToArbitrary(),
            (place, character) =>
            {
                var token = Token();
                var text = token.ToString();
                var changed = text[..place] + character + text[(place + 1)..];
                return changed == text || !RefreshToken.TryParse(changed, out var read) || Facts(read) != Facts(token);
            }
        );

    [Property]
    public void Texts_that_are_not_tokens_are_not_parsed(NonNull<string> text, byte cut)
    {
        var genuine = Token().ToString();

        Assert.False(RefreshToken.TryParse(text.Get, out _));
        Assert.False(RefreshToken.TryParse(genuine[..(cut % genuine.Length)], out _));
        Assert.False(RefreshToken.TryParse(genuine + text.Get + "A", out _));
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('\n')]
    [InlineData('=')]
    public void White_space_and_padding_that_Base64_decoders_skip_are_refused(char character)
    {
        var genuine = Token().ToString();
        Assert.False(RefreshToken.TryParse(genuine[..^4] + new string(character, 4), out _));
        Assert.False(RefreshToken.TryParse(genuine[..^1] + character, out _));
    }

    static RefreshToken Token() => RefreshToken.Create(Guid.CreateVersion7(), Guid.CreateVersion7());

    // What the database knows a token by.
    static string Facts(RefreshToken token) =>
        $"{token.UserId} {token.SessionId} {Convert.ToHexString(token.FamilyHash)} {Convert.ToHexString(token.SecretHash)}";
}
