using System.Net;
using System.Net.Sockets;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class ConnectionBreakerTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_database_is_not_tried_again_for_a_second_after_two_timeouts()
    {
        // Accepts connections and never responds.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var pool = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=u;Password=p;Timeout=1");
        var time = new FakeTimeProvider();
        var breaker = new ConnectionBreaker(time);
        for (var i = 0; i < 2; i++)
            await FailsAsync();
        while (silent.Pending())
            (await silent.AcceptTcpClientAsync(Cancel)).Dispose();

        for (var i = 0; i < 100; i++)
            Assert.Contains("did not respond", (await FailsAsync()).Message, StringComparison.Ordinal);
        Assert.False(silent.Pending());

        time.Advance(ConnectionBreaker.Break);
        await FailsAsync();
        Assert.True(silent.Pending());

        async Task<Exception> FailsAsync()
        {
            var e = await Assert.ThrowsAnyAsync<Exception>(() => breaker.OpenAsync(pool, Cancel).AsTask());
            Assert.Equal(new DatabaseFailure(DatabaseFailureKind.Unavailable, MayRepeat: false), DatabaseFailure.Of(e));
            return e;
        }
    }

    [Fact]
    public async Task After_a_silence_the_first_successful_attempt_lets_all_others_through()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var dead = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=u;Password=p;Timeout=1");
        await using var alive = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabaseAsync());
        var time = new FakeTimeProvider();
        var breaker = new ConnectionBreaker(time);
        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(dead, Cancel).AsTask());
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(alive, Cancel).AsTask());

        time.Advance(ConnectionBreaker.Break);

        for (var i = 0; i < 10; i++)
            await (await breaker.OpenAsync(alive, Cancel)).DisposeAsync();
    }

    [Fact]
    public async Task A_canceled_attempt_does_not_end_the_silence()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var pool = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=u;Password=p;Timeout=1"
        );
        var time = new FakeTimeProvider();
        var breaker = new ConnectionBreaker(time);
        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(pool, Cancel).AsTask());
        while (silent.Pending())
            (await silent.AcceptTcpClientAsync(Cancel)).Dispose();
        time.Advance(ConnectionBreaker.Break);

        // Canceled before it starts: no attempt at all.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => breaker.OpenAsync(pool, new(canceled: true)).AsTask());
        Assert.False(silent.Pending());

        // Canceled while it waits: it goes on, and is the only one.
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var probe = breaker.OpenAsync(pool, caller.Token).AsTask();
        using var accepted = await silent.AcceptTcpClientAsync(Cancel);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        for (var i = 0; i < 100; i++)
            await IsRefusedAsync();

        // It ends with its timeout, and the next break begins.
        var received = new byte[1024];
        while (await accepted.GetStream().ReadAsync(received, Cancel) > 0) { }
        for (var i = 0; i < 100; i++)
            await IsRefusedAsync();
        Assert.False(silent.Pending());
        await Waiting.UntilAsync(
            "the next attempt is made",
            async () =>
            {
                time.Advance(ConnectionBreaker.Break);
                await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(pool, Cancel).AsTask());
                return silent.Pending();
            }
        );

        async Task IsRefusedAsync()
        {
            var e = await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(pool, Cancel).AsTask());
            Assert.Contains("did not respond", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Canceled_attempts_count_as_the_timeouts_that_they_become()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var pool = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=u;Password=p;Timeout=1"
        );
        var breaker = new ConnectionBreaker(new FakeTimeProvider());
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var canceled = Enumerable.Range(0, 10).Select(_ => breaker.OpenAsync(pool, caller.Token).AsTask()).ToList();
        await caller.CancelAsync();
        foreach (var one in canceled)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(pool, Cancel).AsTask());

        var e = await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(pool, Cancel).AsTask());
        Assert.Contains("did not respond", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_opens_after_its_caller_canceled_returns_to_the_pool()
    {
        await using var pool = NpgsqlDataSource.Create($"{await postgres.CreateEmptyDatabaseAsync()};Maximum Pool Size=1;Timeout=60");
        var breaker = new ConnectionBreaker(new FakeTimeProvider());
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<NpgsqlConnection> late;
        await using (await breaker.OpenAsync(pool, Cancel))
        {
            late = breaker.OpenAsync(pool, caller.Token).AsTask();
            await caller.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        }

        // The attempt that was canceled is the first in the queue.
        await (await breaker.OpenAsync(pool, Cancel)).DisposeAsync();
    }

    [Fact]
    public async Task Refused_connections_and_an_exhausted_pool_are_tried_again_immediately()
    {
        var breaker = new ConnectionBreaker(new FakeTimeProvider());
        await using var refused = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=u;Password=p");
        for (var i = 0; i < 10; i++)
        {
            var e = await Assert.ThrowsAnyAsync<NpgsqlException>(() => breaker.OpenAsync(refused, Cancel).AsTask());
            Assert.DoesNotContain("did not respond", e.Message, StringComparison.Ordinal);
        }

        await using var small = NpgsqlDataSource.Create($"{await postgres.CreateEmptyDatabaseAsync()};Maximum Pool Size=1;Timeout=1");
        await using (await breaker.OpenAsync(small, Cancel))
        {
            for (var i = 0; i < 3; i++)
            {
                var e = await Assert.ThrowsAnyAsync<Exception>(() => breaker.OpenAsync(small, Cancel).AsTask());
                Assert.Equal(DatabaseFailureKind.PoolExhausted, DatabaseFailure.Of(e)?.Kind);
            }
        }

        await (await breaker.OpenAsync(small, Cancel)).DisposeAsync();
    }
}
