using System.Runtime.InteropServices;
using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class StoppedServerTests(TestServers servers)
{
    const int Stop = 19,
        Continue = 18;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "a server stopped (SIGSTOP) within a transaction that holds a lock",
        "others get 503 for at most 10 s, then the lock is free",
        "the stopped server goes on; its cancellation is undone or repeated"
    )]
    public async Task Locks_of_a_server_suspended_within_a_transaction_are_released_within_seconds()
    {
        await using var pair = await FaultyPair.StartAsync(servers);
        var story = await pair.StartStoryAsync(seats: 2);
        var (first, second, waitlisted) = (await BuyAsync(), await BuyAsync(), await BuyAsync());
        Task<ApiResponse> canceling;
        while (true)
        {
            canceling = pair.One.Api.DeleteAsync($"{story.Tickets}/{first}", story.Traveler.Token);
            if (await StopWithinTransactionAsync())
                break;
            // On a busy machine its time limit has passed before the process was stopped, or before its statement got the lock.
            Assert.Equal(0, Signal(pair.One.Process.Id, Continue));
            (await canceling).IsProblem(503);
        }

        try
        {
            // The database terminates transactions that are idle for 10 s; until then others get 503.
            var responses = new List<ApiResponse>();
            do responses.Add(await FaultyPair.InTimeAsync(pair.Two.Api.DeleteAsync($"{story.Tickets}/{second}", story.Traveler.Token)));
            while ((int)responses[^1].Status == 503 && responses.Count < 30);
            responses[^1].Is(200);
            foreach (var busy in responses.SkipLast(1))
                busy.IsProblem(503);
            Assert.True(responses.Count > 1, "Nothing was locked.");
        }
        finally
        {
            Assert.Equal(0, Signal(pair.One.Process.Id, Continue));
        }

        // Its transaction was rolled back, and may have been retried.
        if ((int)(await canceling).Status != 200)
            (await canceling).IsProblem(503);
        (await pair.One.Api.DeleteAsync($"{story.Tickets}/{first}", story.Traveler.Token)).Is(200);
        await pair.StopAsync();

        async Task<string> BuyAsync() => (await story.BuyAsync(story.Wish())).Is(201).Text("id");

        // The server's transaction holds the lock on the row of the class and waits for that of the waitlisted ticket, which gets the
        // seat, until the process is stopped.
        async Task<bool> StopWithinTransactionAsync()
        {
            await using var holder = await pair.Direct.OpenConnectionAsync(Cancel);
            await using var transaction = await holder.BeginTransactionAsync(Cancel);
            await using var hold = new NpgsqlCommand($"select 1 from train_tickets where id = '{waitlisted}' for update", holder);
            await hold.ExecuteNonQueryAsync(Cancel);
            int? waiting = null;
            await Waiting.UntilAsync(
                "the server waits for the ticket",
                async () =>
                {
                    waiting = await ReadAsync<int?>(
                        "select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))",
                        holder.ProcessID
                    );
                    return waiting is not null;
                }
            );
            Assert.Equal(0, Signal(pair.One.Process.Id, Stop));
            await transaction.RollbackAsync(Cancel);
            var state = "active";
            await Waiting.UntilAsync(
                "its statement has ended",
                async () =>
                    (state = await ReadAsync<string?>("select state from pg_stat_activity where pid = $1", waiting!.Value)) != "active"
            );
            return state == "idle in transaction";
        }

        async Task<T?> ReadAsync<T>(string sql, int parameter)
        {
            await using var command = pair.Direct.CreateCommand(sql);
            command.Parameters.Add(new() { Value = parameter });
            return await command.ExecuteScalarAsync(Cancel) is { } value ? (T)value : default;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Signal(int process, int signal);
}
