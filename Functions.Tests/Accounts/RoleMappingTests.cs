using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Accounts;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Tests.Accounts;

public class RoleMappingTests
{
    [Fact]
    public void Every_role_of_the_core_maps_to_the_API_and_back()
    {
        var roles = Enum.GetValues<Core.Accounts.Role>();

        Assert.Equal(roles, roles.Select(role => role.ToApi().ToCore()));
        Assert.Equal(Enum.GetValues<Functions.Accounts.Role>(), roles.Select(role => role.ToApi()));
    }

    // Clients compare the role of a user with the claim in an access token.
    [Fact]
    public void A_role_has_one_name_in_the_API_and_in_tokens() =>
        Assert.All(Enum.GetValues<Core.Accounts.Role>(), role => Assert.Equal(role.Name(), Json.Name($"{role.ToApi()}")));
}
