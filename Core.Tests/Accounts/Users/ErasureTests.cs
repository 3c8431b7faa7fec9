using System.Collections.Concurrent;
using FunctionsApp.Core.Accounts;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class ErasureTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_module_is_called_once_the_user_is_deleted()
    {
        var existed = new ConcurrentBag<bool>();
        var module = new ModuleData(async userId =>
            existed.Add((long)(await database.SqlAsync($"select count(*) from users where id = '{userId}'"))! == 1)
        );
        using var other = new Pod(database.Database, personalData: [module, module]);
        var user = await other.SignUpAsync();

        await other.Users.DeleteAsync(user.Id, _ => true, user.Id, Cancel);

        Assert.Equal([user.Id, user.Id], module.Erased);
        Assert.Equal([false, false], existed);
        Assert.True(await IsPendingAsync(user.Id));
    }

    [Fact]
    public async Task The_second_run_erases_what_a_request_in_progress_wrote()
    {
        var module = new ModuleData();
        using var other = new Pod(database.Database, personalData: [module]);
        var user = await other.SignUpAsync();
        await other.Users.DeleteAsync(user.Id, _ => true, user.Id, Cancel);
        await database.Events.AddAsync(user.Id, EventTypes.LoginFailed, Pod.Stranger, Cancel);

        await other.Erasures.RunOnceAsync(Cancel);
        Assert.Equal([user.Id], module.Erased);

        await DueAsync(user.Id);
        await other.Erasures.RunOnceAsync(Cancel);
        Assert.Equal([user.Id, user.Id], module.Erased);
        Assert.False(await IsPendingAsync(user.Id));
        Assert.DoesNotContain(await pod.EventsAsync(user.Id), entry => entry.Address is not null || entry.UserAgent is not null);
    }

    [Fact]
    public async Task A_module_that_fails_keeps_neither_the_deletion_nor_the_others_and_is_called_again()
    {
        var fails = true;
        var failing = new ModuleData(_ => fails ? throw new TimeoutException("The disk is full.") : Task.CompletedTask);
        var module = new ModuleData();
        using var other = new Pod(database.Database, personalData: [failing, module]);
        var user = await other.SignUpAsync();

        await other.Users.DeleteAsync(user.Id, _ => true, user.Id, Cancel);
        Assert.Equal([user.Id], module.Erased);

        await DueAsync(user.Id);
        await other.Erasures.RunOnceAsync(Cancel);
        Assert.True(await IsPendingAsync(user.Id));

        fails = false;
        await DueAsync(user.Id);
        await other.Erasures.RunOnceAsync(Cancel);
        Assert.False(await IsPendingAsync(user.Id));
        Assert.Equal(3, failing.Erased.Count);
    }

    // As when the server crashes after the commit: nothing but the row is left.
    [Fact]
    public async Task Another_server_finishes_an_erasure_after_a_crash()
    {
        var user = await pod.SignUpAsync();
        Assert.NotNull(await database.Users.DeleteAsync(user, null, Cancel));
        var module = new ModuleData();
        using var other = new Pod(database.Database, personalData: [module]);

        await DueAsync(user.Id);
        await other.Erasures.RunOnceAsync(Cancel);

        Assert.Equal([user.Id], module.Erased);
        Assert.False(await IsPendingAsync(user.Id));
    }

    [Fact]
    public async Task A_deletion_that_is_rolled_back_leaves_nothing_to_erase()
    {
        var user = await pod.SignUpAsync();

        Assert.Null(await database.Users.DeleteAsync(user with { Version = user.Version + 1 }, null, Cancel));

        Assert.False(await IsPendingAsync(user.Id));
    }

    [Fact]
    public async Task Each_erasure_is_run_by_one_of_several_servers()
    {
        var users = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var user = await pod.SignUpAsync();
            Assert.NotNull(await database.Users.DeleteAsync(user, null, Cancel));
            await DueAsync(user.Id);
            users.Add(user.Id);
        }

        var module = new ModuleData();
        var servers = Enumerable.Range(0, 4).Select(_ => new Erasures(new(database.Database), [module], NullLogger<Erasures>.Instance));
        await Task.WhenAll(servers.Select(server => server.RunOnceAsync(Cancel)));

        Assert.All(users, id => Assert.Single(module.Erased, id));
        foreach (var id in users)
            Assert.False(await IsPendingAsync(id));
    }

    [Fact]
    public async Task Only_ids_types_and_times_of_the_account_remain()
    {
        var user = await pod.SignUpAsync();
        await pod.LoginAsync(user.Username);
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username, "not the password", Pod.Stranger));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username, "not the password"));
        Assert.Equal(2L, await FailuresAsync(user.Id));

        await pod.Users.DeleteAsync(user.Id, _ => true, user.Id, Cancel);

        Assert.Equal(0L, await FailuresAsync(user.Id));
        Assert.Equal(
            0L,
            await database.SqlAsync(
                $"select count(*) from sessions where user_id = '{user.Id}' and (address is not null or network is not null "
                    + "or user_agent is not null or ended_at is null or token_hash <> '' or expires_at > now())"
            )
        );
        Assert.Equal(
            0L,
            await database.SqlAsync(
                $"select count(*) from account_events where user_id = '{user.Id}' and (address is not null or user_agent is not null)"
            )
        );
        Assert.Equal(0L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));
    }

    public void Dispose() => pod.Dispose();

    async Task<long> FailuresAsync(Guid userId) =>
        (long)(await database.SqlAsync($"select count(*) from login_failures where subject like 'user:{userId}%'"))!;

    Task DueAsync(Guid userId) => database.SqlAsync($"update erasures set due_at = now() where user_id = '{userId}'");

    async Task<bool> IsPendingAsync(Guid userId) =>
        (long)(await database.SqlAsync($"select count(*) from erasures where user_id = '{userId}'"))! == 1;

    sealed class ModuleData(Func<Guid, Task>? erase = null) : IPersonalData
    {
        public ConcurrentQueue<Guid> Erased { get; } = [];

        public Task EraseAsync(Guid userId, CancellationToken cancellationToken)
        {
            Erased.Enqueue(userId);
            return erase?.Invoke(userId) ?? Task.CompletedTask;
        }
    }
}
