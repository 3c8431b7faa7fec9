using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Ledger;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// Transactions that were committed although the client lost its connection before the response: the connection is ended while the commit
/// waits for a synchronous standby.
/// </summary>
public sealed class LostCommitTests : IAsyncLifetime
{
    LocalPostgresServer server = null!;
    PostgresDatabase database = null!;
    LedgerModule ledger = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await LocalPostgresServer.StartTemporaryAsync(
            PostgresSource.Any,
            false,
            new Dictionary<string, string> { ["synchronous_commit"] = "on" },
            NullLogger.Instance,
            Cancel
        );
        await PostgresCluster.ConfigureAsync(server, "set synchronous_standby_names = 'nowhere'");
        await using (var local = new PostgresDatabase($"{server.ConnectionString};Options=-c synchronous_commit=local"))
            await new Migrations(local, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(Cancel);
        database = new(server.ConnectionString);
        ledger = new(database, new());
    }

    public async ValueTask DisposeAsync()
    {
        ledger.Dispose();
        await database.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Work_with_a_key_is_done_once()
    {
        var work = new KeyedWork(database).RunAsync("key", InsertAsync, Cancel);
        await LoseCommitAsync();

        Assert.Equal(0, await work);
        Assert.Equal(1L, await RunAsync("select count(*) from ledger_keys"));
    }

    [Fact]
    public async Task Work_without_a_key_is_not_repeated()
    {
        var work = new KeyedWork(database).RunAsync(null, InsertAsync, Cancel);
        await LoseCommitAsync();

        await IsLostAsync(work);
    }

    [Fact]
    public async Task An_entry_with_a_key_is_recorded_once()
    {
        var user = Guid.CreateVersion7();
        var adding = ledger.Entries.AddAsync(user, Deposit(), "key", Cancel);
        await LoseCommitAsync();

        var entry = await adding;

        Assert.Equal(entry.Id, await RunAsync("select id from ledger_entries"));
        Assert.Equal(10, (await ledger.Portfolios.ReadAsync(user, null, Cancel)).Cash);
    }

    [Fact]
    public async Task An_entry_without_a_key_is_not_recorded_again()
    {
        var adding = ledger.Entries.AddAsync(Guid.CreateVersion7(), Deposit(), null, Cancel);
        await LoseCommitAsync();

        await IsLostAsync(adding);
        Assert.Equal(1L, await RunAsync("select count(*) from ledger_entries"));
    }

    static NewEntry Deposit() => new(EntryKind.Deposit, "2024-01-02T00:00:00Z", Amount: 10);

    static async Task IsLostAsync(Task work)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => work);
        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(failure)?.Kind);
    }

    // The number of rows that it added.
    async Task<int> InsertAsync()
    {
        await using var connection = await database.OpenAsync(Cancel);
        return await connection.ExecuteAsync(
            new(
                "insert into ledger_keys (user_id, key, request, response) values (@Empty, 'key', '', '') on conflict do nothing",
                new { Guid.Empty },
                cancellationToken: Cancel
            )
        );
    }

    // Ends the connection of the next commit, and lets those after it succeed.
    async Task LoseCommitAsync()
    {
        const string Waiting = "from pg_stat_activity where wait_event = 'SyncRep'";
        await Tests.Waiting.UntilAsync("a commit waits", async () => await RunAsync($"select count(*) {Waiting}") is > 0L);
        await RunAsync("alter system set synchronous_standby_names = ''");
        Assert.Equal(1L, await RunAsync($"select count(pg_terminate_backend(pid)) {Waiting}"));
        await RunAsync("select pg_reload_conf()");
    }

    Task<object?> RunAsync(string sql) => Sql.RunAsync(server.ConnectionString, sql);
}
