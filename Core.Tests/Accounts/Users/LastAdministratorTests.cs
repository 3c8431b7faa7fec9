using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>On a database of its own: who else is an administrator matters.</summary>
public sealed class LastAdministratorTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ways => ["remove", "demote", "disable"];

    [Theory, MemberData(nameof(Ways))]
    public async Task The_last_administrator_cannot_be_removed_demoted_or_disabled(string way)
    {
        await NobodyAsync();
        var admin = await NewAdminAsync();

        var refused = await Pod.RefusedAsync(Refusal.Conflict, () => TakeAsync(way, admin));
        Assert.Contains("last administrator", refused.Message, StringComparison.Ordinal);
        Assert.Equal(admin, await pod.Users.ReadAsync(admin.Id, Cancel));

        await NewAdminAsync();
        await TakeAsync(way, admin);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_disabled_administrator_does_not_count(string way)
    {
        await NobodyAsync();
        var (admin, disabled) = (await NewAdminAsync(), await NewAdminAsync());
        disabled = await TakeAsync("disable", disabled);

        await Pod.RefusedAsync(Refusal.Conflict, () => TakeAsync(way, admin));
        await TakeAsync(way == "disable" ? "remove" : way, disabled!);
    }

    // Both are held up by a lock on their rows until both are under way.
    [Theory]
    [InlineData("remove", "remove")]
    [InlineData("remove", "demote")]
    [InlineData("demote", "disable")]
    [InlineData("disable", "remove")]
    public async Task Of_two_administrators_removed_at_once_one_remains(string one, string other)
    {
        await NobodyAsync();
        User[] admins = [await NewAdminAsync(), await NewAdminAsync()];
        Task<Exception?>[] both;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var hold = await connection.BeginTransactionAsync(Cancel))
        {
            await using var rows = new Npgsql.NpgsqlCommand("select from users where role = 'admin' for update", connection, hold);
            await rows.ExecuteNonQueryAsync(Cancel);
            both = [FailureAsync(one, admins[0]), FailureAsync(other, admins[1])];
            await database.LockedAsync(2);
        }

        var outcomes = await Task.WhenAll(both);

        Assert.Single(outcomes, outcome => outcome is null);
        Assert.Single(outcomes, outcome => outcome is RefusedException { Refusal: Refusal.Conflict });
        Assert.True(await pod.Users.AnyAdministratorAsync(Cancel));
    }

    public void Dispose() => pod.Dispose();

    Task NobodyAsync() => database.SqlAsync("update users set role = 'user'");

    async Task<User> NewAdminAsync()
    {
        var user = await pod.SignUpAsync();
        return (await pod.Operators.ChangeAsync(user.Username, new() { Role = Role.Admin }, Cancel)).After;
    }

    async Task<Exception?> FailureAsync(string way, User admin) => await Record.ExceptionAsync(() => TakeAsync(way, admin));

    async Task<User?> TakeAsync(string way, User admin)
    {
        switch (way)
        {
            case "remove":
                await pod.Users.DeleteAsync(admin.Id, _ => true, null, Cancel);
                return null;
            case "demote":
                return await pod.Users.ChangeAsync(admin.Id, new() { Role = Role.User }, _ => true, null, Pod.Home, Cancel);
            default:
                return await pod.Users.ChangeAsync(admin.Id, new() { Disabled = true }, _ => true, null, Pod.Home, Cancel);
        }
    }
}
