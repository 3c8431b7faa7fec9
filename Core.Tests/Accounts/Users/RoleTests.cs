using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class RoleTests
{
    [Theory]
    [InlineData(Role.User, "user")]
    [InlineData(Role.Inspector, "inspector")]
    [InlineData(Role.Admin, "admin")]
    public void Each_role_has_a_name_and_is_read_from_it(Role role, string name)
    {
        Assert.Equal(name, role.Name());
        Assert.Equal(role, Roles.Parse(name));
    }

    [Fact]
    public void No_two_roles_share_a_name() =>
        Assert.Equal(Enum.GetValues<Role>().Length, Enum.GetValues<Role>().Select(role => role.Name()).Distinct().Count());

    [Theory]
    [InlineData("")]
    [InlineData("Admin")]
    [InlineData("admin ")]
    [InlineData("2")]
    [InlineData("root")]
    public void An_unknown_name_is_not_a_role(string name) => Assert.Throws<ArgumentException>(() => Roles.Parse(name));

    [Fact]
    public void Roles_are_ordered_by_what_they_may_do() => Assert.True(Role.User < Role.Inspector && Role.Inspector < Role.Admin);
}
