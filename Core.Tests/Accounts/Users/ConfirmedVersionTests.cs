using FunctionsApp.Core.Accounts;
using Npgsql;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>
/// The password that a user confirmed, and the version in <c>If-Match</c>, are those of the account that is changed, also if another
/// request changes it meanwhile.
/// </summary>
public sealed class ConfirmedVersionTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    const string Other = "another long password";

    readonly Pod pod = new(database.Database),
        single = new(database.Database, options => options.HashingThreads = 1);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        pod.Dispose();
        single.Dispose();
    }

    [Fact]
    public async Task An_email_address_that_changes_while_it_is_compared_is_not_changed_back_without_the_password()
    {
        var (old, current) = (NewEmail(), NewEmail());
        var user = await pod.SignUpAsync(email: old);
        var isChanged = false;

        // A thief of the token sends the address that the account has.
        var refused = await Pod.RefusedAsync(
            Refusal.Invalid,
            () => pod.OwnAccount.ChangeAsync(user.Id, new() { Email = (true, old) }, null, ChangeAfterRead, Pod.Stranger, Cancel)
        );

        Assert.Equal("current_password", Assert.Single(refused.Errors.Keys));
        Assert.Equal(current, (await pod.Users.ReadAsync(user.Id, Cancel)).Email);

        // Called after the account was read for the comparison.
        bool ChangeAfterRead(long version)
        {
            if (!isChanged)
                SetEmail(user.Id, current);
            return isChanged = true;
        }
    }

    [Fact]
    public async Task An_account_is_not_deleted_with_a_password_that_was_changed_meanwhile()
    {
        var user = await pod.SignUpAsync();

        await Pod.RefusedAsync(
            Refusal.Invalid,
            () =>
                WhileWaitingAsync(
                    () => single.OwnAccount.DeleteAsync(user.Id, Pod.Password, _ => true, Pod.Home, Cancel),
                    () => pod.OwnAccount.ChangePasswordAsync(user.Id, default, Pod.Password, Other, _ => true, Pod.Home, Cancel)
                )
        );

        await pod.LoginAsync(user.Username, Other);
    }

    [Fact]
    public async Task A_password_is_changed_only_at_the_version_of_the_request()
    {
        var user = await pod.SignUpAsync();

        await Pod.RefusedAsync(
            Refusal.Stale,
            () =>
                WhileWaitingAsync(
                    () =>
                        single.OwnAccount.ChangePasswordAsync(
                            user.Id,
                            default,
                            Pod.Password,
                            Other,
                            version => version == user.Version,
                            Pod.Home,
                            Cancel
                        ),
                    () => RenameAsync(user)
                )
        );

        await pod.LoginAsync((await pod.Users.ReadAsync(user.Id, Cancel)).Username);
    }

    [Fact]
    public async Task A_harmless_change_meanwhile_is_no_error()
    {
        var email = NewEmail();
        var user = await pod.SignUpAsync();

        await WhileWaitingAsync(
            () => single.OwnAccount.ChangePasswordAsync(user.Id, default, Pod.Password, Other, _ => true, Pod.Home, Cancel),
            () => RenameAsync(user)
        );
        await WhileWaitingAsync(
            () => single.OwnAccount.ChangeAsync(user.Id, new() { Email = (true, email) }, Other, _ => true, Pod.Home, Cancel),
            () => RenameAsync(user)
        );
        Assert.Equal(email, (await pod.Users.ReadAsync(user.Id, Cancel)).Email);
        await WhileWaitingAsync(() => single.OwnAccount.DeleteAsync(user.Id, Other, _ => true, Pod.Home, Cancel), () => RenameAsync(user));

        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Users.ReadAsync(user.Id, Cancel));
    }

    // Runs other work after the first has read the account and before it checks the password.
    async Task WhileWaitingAsync(Func<Task> first, Func<Task> other)
    {
        Task started;
        using (await single.Hasher.EnterAsync(Cancel))
        {
            started = first();
            await Waiting.UntilAsync("it waits for a hashing thread", () => Task.FromResult(single.Hasher.Waiting == 1));
            await other();
        }

        await started;
    }

    Task RenameAsync(User user) =>
        pod.OwnAccount.ChangeAsync(user.Id, new() { Username = Pod.NewName() }, null, _ => true, Pod.Home, Cancel);

    void SetEmail(Guid id, string email)
    {
        using var connection = new NpgsqlConnection(database.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("update users set email = @email, version = version + 1 where id = @id", connection);
        command.Parameters.AddWithValue("email", email);
        command.Parameters.AddWithValue("id", id);
        command.ExecuteNonQuery();
    }

    static string NewEmail() => $"{Pod.NewName()}@example.com";
}
