using FunctionsApp.Core.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>A migrated database with synchronous replication, whose standbys can be absent: then no commit is confirmed.</summary>
public sealed class AbsentStandbys : IAsyncLifetime
{
    const string Waiting = "from pg_stat_activity where wait_event = 'SyncRep'";

    LocalPostgresServer server = null!;

    public PostgresDatabase Database { get; private set; } = null!;

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
        // Commits wait for as long as a test takes.
        Database = new($"{server.ConnectionString};Command Timeout=120");
        await new Migrations(Database, Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>Runs one statement.</summary>
    public Task<object?> SqlAsync(string sql) => Sql.RunAsync(server.ConnectionString, sql);

    /// <summary>
    /// Sends a request while the standbys are absent, ends its connection during the commit, and asserts that the repetition, by the
    /// server or the client, is not answered before the standbys are back.
    /// </summary>
    /// <returns>The response to the repetition.</returns>
    public async Task<T> LoseResponseAsync<T>(Func<Task<T>> send)
    {
        Task<T> sending;
        await PostgresCluster.ConfigureAsync(server, "set synchronous_standby_names = 'nowhere'");
        try
        {
            // The server applies the change after a moment.
            await Tests.Waiting.UntilAsync("the change is applied", MustWaitAsync);
            sending = SendAsync();
            Assert.True(await WaitsAsync(sending), "The request did not wait.");
            await EndWaitingAsync();
            Assert.True(await WaitsAsync(sending), "The repetition was answered although no standby had confirmed the commit.");
        }
        finally
        {
            await PostgresCluster.ConfigureAsync(server, "set synchronous_standby_names = ''");
        }

        return await sending;

        async Task<T> SendAsync()
        {
            try
            {
                return await send();
            }
            catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
            {
                return await send();
            }
        }
    }

    // Whether a commit waits.
    async Task<bool> MustWaitAsync()
    {
        var commit = SqlAsync("select pg_logical_emit_message(true, '', '')");
        if (!await WaitsAsync(commit))
            return false;
        await EndWaitingAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => commit);
        return true;
    }

    async Task<bool> WaitsAsync(Task request)
    {
        await Tests.Waiting.UntilAsync(
            "a commit waits",
            async () => request.IsCompleted || await SqlAsync($"select count(*) {Waiting}") is > 0L
        );
        return !request.IsCompleted;
    }

    async Task EndWaitingAsync() =>
        Assert.Equal(1L, await SqlAsync($"select count(*) filter (where pg_terminate_backend(pid, 30000)) {Waiting}"));
}
