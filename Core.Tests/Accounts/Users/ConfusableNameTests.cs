using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class ConfusableNameTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Of UTS #39 and of the table's own characters: Cyrillic, Greek, digits, ligature-like pairs.
    [Theory]
    [InlineData("paypal", "p\u0430yp\u0430l")]
    [InlineData("paypal", "paypa1")]
    [InlineData("scope", "\u0455\u0441\u043e\u0440\u0435")]
    [InlineData("modern", "rnodern")]
    [InlineData("bob", "b0b")]
    [InlineData("ada", "\u0251d\u0251")]
    public void Names_that_look_alike_have_one_skeleton(string one, string other) => Assert.Equal(Skeleton(one), Skeleton(other));

    [Theory]
    [InlineData("bob", "rob")]
    [InlineData("jose", "jos\u00e9")]
    [InlineData("grace", "grave")]
    [InlineData("user1", "user2")]
    public void Names_that_do_not_look_alike_have_different_skeletons(string one, string other) =>
        Assert.NotEqual(Skeleton(one), Skeleton(other));

    [Fact]
    public async Task A_name_that_looks_like_a_taken_one_is_taken_until_that_is_free()
    {
        var name = Pod.NewName() + "pay";
        var look = name.Replace("a", "\u0430", StringComparison.Ordinal);
        var user = await pod.SignUpAsync(name);

        var refused = await Pod.RefusedAsync(Refusal.Conflict, () => pod.SignUpAsync(look));
        Assert.Equal(["username"], refused.Errors.Keys);
        Assert.Contains("looks like", refused.Message, StringComparison.Ordinal);
        var other = await pod.SignUpAsync();
        await Pod.RefusedAsync(Refusal.Conflict, () => RenameAsync(other, look));

        // Users can change their name to another spelling that looks alike, and back.
        user = await RenameAsync(user, look);
        user = await RenameAsync(user, name);
        await pod.Users.DeleteAsync(user.Id, _ => true, null, Cancel);
        await pod.SignUpAsync(look);
    }

    [Fact]
    public async Task Of_ten_concurrent_signups_with_names_that_look_alike_one_succeeds()
    {
        var name = Pod.NewName() + "aeo";
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async i =>
                {
                    var look = string.Concat(
                        name[..^3],
                        i % 2 == 0 ? "a" : "\u0430",
                        i / 2 % 2 == 0 ? "e" : "\u0435",
                        i / 4 == 0 ? "o" : "\u043e"
                    );
                    return await Record.ExceptionAsync(() => pod.SignUpAsync(look));
                })
        );

        Assert.Single(outcomes, outcome => outcome is null);
        Assert.Equal(7, outcomes.Count(outcome => outcome is RefusedException { Refusal: Refusal.Conflict }));
    }

    public void Dispose() => pod.Dispose();

    static string Skeleton(string name) => ConfusableName.Skeleton(Identifier.Normalize(name));

    Task<User> RenameAsync(User user, string name) =>
        pod.Users.ChangeAsync(user.Id, new() { Username = name }, _ => true, user.Id, Pod.Home, Cancel);
}
