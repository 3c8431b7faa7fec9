using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>Batched reads against Postgres.</summary>
public sealed class ActiveUserStoreTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    const int Users = 20;

    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => pod.Dispose();

    [Fact]
    public async Task Concurrent_reads_return_each_caller_its_own_user_even_while_others_are_canceled()
    {
        var users = await SignUpAsync();
        using var store = Store(atOnce: 2);
        var clients = Enumerable
            .Range(0, 64)
            .Select(client =>
                Task.Run(
                    async () =>
                    {
                        var random = new Random(client);
                        for (var i = 0; i < 200; i++)
                        {
                            using var canceled = new CancellationTokenSource();
                            var user = users[random.Next(users.Count)];
                            var reading = store.ReadAsync(user.Id, canceled.Token);
                            if (random.Next(4) == 0)
                                await canceled.CancelAsync();
                            try
                            {
                                Assert.Equal(user, await reading);
                            }
                            catch (OperationCanceledException) when (canceled.IsCancellationRequested) { }
                        }
                    },
                    Cancel
                )
            );
        await Task.WhenAll(clients);
    }

    [Fact]
    public async Task Deleted_disabled_and_unknown_users_are_missing_in_a_batch()
    {
        var (active, disabled) = (await pod.SignUpAsync(), await pod.SignUpAsync());
        await pod.Users.ChangeAsync(disabled.Id, new() { Disabled = true }, _ => true, null, Pod.Home, Cancel);
        using var store = Store(atOnce: 1);
        var first = store.ReadAsync(active.Id, Cancel);
        var batch = new[] { disabled.Id, active.Id, Guid.NewGuid(), active.Id }.Select(id => store.ReadAsync(id, Cancel)).ToArray();

        Assert.Equal(active, await first);
        Assert.Equal([null, active, null, active], await Task.WhenAll(batch));
    }

    [Fact]
    public async Task Reads_during_a_lock_leave_together_when_it_ends()
    {
        var users = await SignUpAsync();
        using var store = Store(atOnce: 1);
        await using var direct = NpgsqlDataSource.Create(database.Database.ConnectionString);
        await using var taken = await TableLock.TakeAsync(direct, "users");
        var first = store.ReadAsync(users[0].Id, Cancel);
        var others = users.Select(user => store.ReadAsync(user.Id, Cancel)).ToArray();
        using (var canceled = new CancellationTokenSource())
        {
            var gone = store.ReadAsync(users[1].Id, canceled.Token);
            await canceled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        }

        await taken.ReleaseAsync();
        Assert.Equal(users[0], await first);
        Assert.Equal<User?>(users, await Task.WhenAll(others));
    }

    [Fact]
    public async Task A_lock_that_lasts_fails_only_the_reads_that_met_it()
    {
        var users = await SignUpAsync();
        using var store = Store(atOnce: 1);
        await using var direct = NpgsqlDataSource.Create(database.Database.ConnectionString);
        await using (await TableLock.TakeAsync(direct, "users"))
        {
            var first = store.ReadAsync(users[0].Id, Cancel);
            var others = users.Select(user => store.ReadAsync(user.Id, Cancel)).ToArray();
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => first);
            Assert.Equal(DatabaseFailureKind.Busy, DatabaseFailure.Of(failure)?.Kind);
            foreach (var other in others)
            {
                var refused = await Assert.ThrowsAnyAsync<Exception>(() => other);
                Assert.True(
                    refused is RefusedException { Refusal: Refusal.Busy }
                        || DatabaseFailure.Of(refused) is { Kind: DatabaseFailureKind.Busy },
                    $"{refused}"
                );
            }
        }

        Assert.Equal<User?>(users, await Task.WhenAll(users.Select(user => store.ReadAsync(user.Id, Cancel))));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0, false)]
    [InlineData(3, true)]
    public async Task Reads_are_batched_on_plain_Postgres_unless_that_is_switched_off(int? setting, bool expected)
    {
        var batching = new ReadBatching(database.Database, new() { BatchedReads = setting });
        await batching.CheckAsync(Cancel);

        Assert.Equal(expected, batching.IsOn);
        Assert.Equal(setting is > 0 ? setting : BatchLimits.DefaultAtOnce, batching.Limits.AtOnce);
    }

    async Task<IReadOnlyList<User>> SignUpAsync() => await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => pod.SignUpAsync()));

    ActiveUserStore Store(int atOnce) =>
        new(database.Database, new ReadBatching(database.Database, new() { BatchedReads = atOnce }), TimeProvider.System);
}
