using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class LoginGuardTests
{
    static readonly AccountOptions Options = new();

    [Fact]
    public void An_unknown_name_and_its_address_have_a_bucket_each()
    {
        var guard = LoginGuard.For(null, "unknown", new("192.0.2.1", null), Options);

        Assert.Equal(2, guard.Subjects.Count);
        Assert.Equal(Options.AccountFailures, guard.BucketOf(guard.AccountSubject));
        Assert.Equal(Options.AddressFailures, guard.BucketOf("address:192.0.2.1"));
    }

    [Fact]
    public void Each_unknown_name_has_its_own_bucket_which_is_the_same_for_all_addresses()
    {
        Assert.NotEqual(Account(null, "one", "192.0.2.1"), Account(null, "two", "192.0.2.1"));
        Assert.Equal(Account(null, "one", "192.0.2.1"), Account(null, "one", "192.0.2.2"));
    }

    [Fact]
    public void All_names_of_a_user_lead_to_the_same_bucket()
    {
        var user = User(known: false);
        Assert.Equal(Account(user, "bob", "192.0.2.1"), Account(user, "bob@example.com", "192.0.2.2"));
    }

    [Fact]
    public void A_known_network_has_a_bucket_that_strangers_cannot_fill()
    {
        var user = User(known: true);
        var known = LoginGuard.For(user, "bob", new("192.0.2.1", null), Options);
        var stranger = LoginGuard.For(user with { KnownNetwork = false }, "bob", new("198.51.100.1", null), Options);

        Assert.Equal(Options.KnownAddressFailures, known.BucketOf(known.AccountSubject));
        Assert.Equal(Options.AccountFailures, stranger.BucketOf(stranger.AccountSubject));
        Assert.DoesNotContain(known.AccountSubject, stranger.Subjects.Select(one => one.Subject));
        Assert.NotEqual(known.AccountSubject, Account(user, "bob", "192.0.2.2"));
        Assert.Equal(Account(user, "bob", "2001:db8:1:2::1"), Account(user, "bob", "2001:db8:1:2:ffff::1"));
        Assert.NotEqual(known.AccountSubject, Account(user with { Id = Guid.CreateVersion7() }, "bob", "192.0.2.1"));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:0DB8:0001:0002::1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData(null, null, true)]
    [InlineData(null, "192.0.2.1", false)]
    public void Addresses_of_one_customer_share_a_bucket(string? one, string? other, bool same) =>
        Assert.Equal(same, Address(one) == Address(other));

    [Theory]
    [InlineData("absent")]
    [InlineData("unknown")]
    public void No_name_shares_the_bucket_of_an_address(string name)
    {
        var guard = LoginGuard.For(null, name, new(name, null), Options);
        Assert.Equal(2, guard.Subjects.Select(one => one.Subject).Distinct().Count());
    }

    static Credentials User(bool known) => new(Guid.CreateVersion7(), "", false, known);

    static string Account(Credentials? user, string name, string? address) =>
        LoginGuard.For(user, name, new(address, null), Options).AccountSubject;

    static string Address(string? address) => LoginGuard.For(null, "bob", new(address, null), Options).Subjects[1].Subject;
}
