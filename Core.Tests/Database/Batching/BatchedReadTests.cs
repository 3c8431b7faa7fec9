using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Time.Testing;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The queue, with statements that the test completes.</summary>
public sealed class BatchedReadTests
{
    readonly FakeTimeProvider time = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_leaves_at_once_and_alone_while_a_connection_is_free()
    {
        var statements = new Statements();
        using var batches = Batches(statements, atOnce: 2);
        var (one, two) = (batches.ReadAsync(1, Cancel), batches.ReadAsync(2, Cancel));

        Assert.Equal(
            [
                [1],
                [2],
            ],
            statements.Keys
        );
        statements.Succeed(0);
        statements.Succeed(1);
        Assert.Equal(("row 1", "row 2"), (await one, await two));
    }

    [Fact]
    public async Task Reads_that_wait_leave_together_and_each_gets_its_own_row()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        var first = batches.ReadAsync(1, Cancel);
        var waiting = new[] { 2, 3, 2, -4 }.Select(key => batches.ReadAsync(key, Cancel)).ToArray();
        Assert.Equal(
            [
                [1],
            ],
            statements.Keys
        );

        statements.Succeed(0);
        await first;
        await statements.StartedAsync(2);
        Assert.Equal([2, 3, 2, -4], statements.Keys[1]);
        statements.Succeed(1);
        Assert.Equal(["row 2", "row 3", "row 2", null], await Task.WhenAll(waiting));
        Assert.Equal(0, batches.Waiting);
    }

    [Fact]
    public async Task A_batch_has_a_largest_size()
    {
        var statements = new Statements();
        using var batches = Batches(statements, size: 3);
        var all = Enumerable.Range(1, 8).Select(key => batches.ReadAsync(key, Cancel)).ToArray();
        for (var i = 0; i < 4; i++)
        {
            await statements.StartedAsync(i + 1);
            statements.Succeed(i);
        }

        await Task.WhenAll(all);
        Assert.Equal([1, 3, 3, 1], statements.Keys.Select(keys => keys.Count));
    }

    [Fact]
    public async Task A_canceled_read_that_waits_is_not_sent()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        using var canceled = new CancellationTokenSource();
        var first = batches.ReadAsync(1, Cancel);
        var (gone, stays) = (batches.ReadAsync(2, canceled.Token), batches.ReadAsync(3, Cancel));

        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.Equal(1, batches.Waiting);
        statements.Succeed(0);
        await statements.StartedAsync(2);
        Assert.Equal([3], statements.Keys[1]);
        statements.Succeed(1);
        Assert.Equal(("row 1", "row 3"), (await first, await stays));
    }

    [Fact]
    public async Task A_canceled_read_in_a_statement_stops_waiting_and_the_others_get_their_rows()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        using var canceled = new CancellationTokenSource();
        var first = batches.ReadAsync(1, canceled.Token);
        var others = new[] { 2, 3 }.Select(key => batches.ReadAsync(key, Cancel)).ToArray();

        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(
            [
                [1],
            ],
            statements.Keys
        );
        statements.Succeed(0);
        await statements.StartedAsync(2);
        statements.Succeed(1);
        Assert.Equal(["row 2", "row 3"], await Task.WhenAll(others));
    }

    [Fact]
    public async Task A_failure_reaches_the_reads_of_its_batch_only()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        var first = batches.ReadAsync(1, Cancel);
        var second = new[] { 2, 3 }.Select(key => batches.ReadAsync(key, Cancel)).ToArray();

        statements.Fail(0, new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await statements.StartedAsync(2);
        statements.Succeed(1);
        Assert.Equal(["row 2", "row 3"], await Task.WhenAll(second));

        var third = batches.ReadAsync(4, Cancel);
        await statements.StartedAsync(3);
        statements.Succeed(2);
        Assert.Equal("row 4", await third);
    }

    [Fact]
    public async Task A_failure_due_to_one_key_affects_only_that_read()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        var first = batches.ReadAsync(1, Cancel);
        var second = new[] { 2, 3, 4 }.Select(key => batches.ReadAsync(key, Cancel)).ToArray();
        statements.Succeed(0);
        await first;
        await statements.StartedAsync(2);
        statements.Fail(1, new FormatException());
        foreach (var (i, fails) in new[] { (2, false), (3, true), (4, false) })
        {
            await statements.StartedAsync(i + 1);
            if (fails)
                statements.Fail(i, new FormatException());
            else
                statements.Succeed(i);
        }

        Assert.Equal("row 2", await second[0]);
        await Assert.ThrowsAsync<FormatException>(() => second[1]);
        Assert.Equal("row 4", await second[2]);
        Assert.Equal(
            [
                [1],
                [2, 3, 4],
                [2],
                [3],
                [4],
            ],
            statements.Keys
        );
    }

    [Fact]
    public async Task Reads_beyond_the_queue_are_refused_and_those_in_it_are_not()
    {
        var statements = new Statements();
        using var batches = Batches(statements, waiting: 2);
        var accepted = Enumerable.Range(1, 3).Select(key => batches.ReadAsync(key, Cancel)).ToArray();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => batches.ReadAsync(4, Cancel));
        Assert.Equal((Refusal.Busy, TimeSpan.FromSeconds(1)), (refused.Refusal, refused.RetryAfter));
        statements.Succeed(0);
        await statements.StartedAsync(2);
        statements.Succeed(1);
        Assert.Equal(["row 1", "row 2", "row 3"], await Task.WhenAll(accepted));
    }

    [Fact]
    public async Task A_read_that_waits_too_long_is_refused_and_a_later_one_has_its_full_time()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        var first = batches.ReadAsync(1, Cancel);
        var early = batches.ReadAsync(2, Cancel);
        time.Advance(TimeSpan.FromSeconds(1));
        var late = batches.ReadAsync(3, Cancel);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Refusal.Busy, (await Assert.ThrowsAsync<RefusedException>(() => early)).Refusal);
        Assert.False(late.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<RefusedException>(() => late);
        statements.Succeed(0);
        Assert.Equal("row 1", await first);
    }

    [Fact]
    public async Task A_statement_that_never_ends_gives_up_its_place()
    {
        var statements = new Statements();
        using var batches = Batches(statements);
        var stuck = batches.ReadAsync(1, Cancel);
        time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TimeoutException>(() => stuck);

        // The place is free when the loop has ended, a moment after its reads were completed.
        var next = batches.ReadAsync(2, Cancel);
        await statements.StartedAsync(2);
        statements.Succeed(1);
        Assert.Equal("row 2", await next);
    }

    [Fact]
    public async Task A_statement_does_not_run_in_the_context_of_a_caller()
    {
        var local = new AsyncLocal<string> { Value = "first" };
        var seen = new List<string?>();
        using var batches = new BatchedRead<int, string>(
            "test",
            async keys =>
            {
                await Task.Yield();
                seen.Add(local.Value);
                return Statements.Rows(keys);
            },
            _ => false,
            Limits(),
            time
        );
        Assert.Equal("row 1", await batches.ReadAsync(1, Cancel));
        Assert.Equal([null], seen);
        Assert.Equal("first", local.Value);
    }

    [Fact]
    public async Task A_request_learns_that_its_batch_ran_on_a_standby()
    {
        var statements = new Statements();
        using var batches = new BatchedRead<int, string>(
            "test",
            keys =>
            {
                ReadAttempt.Current?.Note(standby: true);
                return statements.ReadAsync(keys);
            },
            _ => false,
            Limits(),
            time
        );
        var attempts = new List<ReadAttempt>();
        // The second one waits for the first one's place.
        var reads = new[] { ReadAsync(1), ReadAsync(2) };
        for (var i = 0; i < reads.Length; i++)
        {
            await statements.StartedAsync(i + 1);
            statements.Fail(i, new TimeoutException());
            await Assert.ThrowsAsync<TimeoutException>(() => reads[i]);
        }

        Assert.All(attempts, attempt => Assert.True(attempt.IsOnStandby));

        async Task<string?> ReadAsync(int key)
        {
            attempts.Add(ReadAttempt.Begin());
            return await batches.ReadAsync(key, Cancel);
        }
    }

    [Property(MaxTest = 200)]
    public Property Every_read_gets_its_own_result_whatever_fails_or_is_canceled() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            ArbMap.Default.ArbFor<PositiveInt>(),
            ArbMap.Default.ArbFor<PositiveInt>(),
            (seed, places, size) => RunAsync(new Random(seed), 1 + places.Get % 4, 1 + size.Get % 8).GetAwaiter().GetResult()
        );

    // Keys divisible by 13 fail, those divisible by 5 have no row; every 20th statement fails for all. Statements end in any order.
    async Task<bool> RunAsync(Random random, int atOnce, int size)
    {
        var (running, most) = (0, 0);
        using var batches = new BatchedRead<int, string>(
            "test",
            async keys =>
            {
                var now = Interlocked.Increment(ref running);
                lock (random)
                    most = Math.Max(most, now);
                for (var i = Next(3); i > 0; i--)
                    await Task.Yield();
                Interlocked.Decrement(ref running);
                if (Next(20) == 0)
                    throw new TimeoutException();
                if (keys.Any(key => key % 13 == 0))
                    throw new FormatException();
                Assert.InRange(keys.Count, 1, size);
                return Statements.Rows(keys.Where(key => key % 5 != 0));
            },
            e => e is FormatException,
            Limits(atOnce, size),
            time
        );
        var all = Enumerable
            .Range(1, 100)
            .Select(async key =>
            {
                using var canceled = new CancellationTokenSource();
                if (Next(10) == 0)
                    await canceled.CancelAsync();
                await Task.Yield();
                var reading = batches.ReadAsync(key, canceled.Token);
                if (Next(5) == 0)
                    await canceled.CancelAsync();
                try
                {
                    return await reading == (key % 5 == 0 ? null : $"row {key}") && key % 13 != 0;
                }
                catch (FormatException)
                {
                    return key % 13 == 0;
                }
                catch (OperationCanceledException)
                {
                    return canceled.IsCancellationRequested;
                }
                catch (TimeoutException)
                {
                    return true;
                }
            });
        var results = await Task.WhenAll(all).WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        return Array.TrueForAll(results, right => right) && most <= atOnce && batches.Waiting == 0;

        int Next(int below)
        {
            lock (random)
                return random.Next(below);
        }
    }

    BatchedRead<int, string> Batches(Statements statements, int atOnce = 1, int size = 100, int waiting = 100) =>
        new("test", statements.ReadAsync, e => e is FormatException, Limits(atOnce, size, waiting), time);

    static BatchLimits Limits(int atOnce = 1, int size = 100, int waiting = 100) =>
        new(atOnce, size, waiting, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));

    // Positive keys have a row.
    sealed class Statements
    {
        readonly List<(IReadOnlyList<int> Keys, TaskCompletionSource<IReadOnlyDictionary<int, string>> Result)> started = [];

        public IReadOnlyList<IReadOnlyList<int>> Keys
        {
            get
            {
                lock (started)
                    return [.. started.Select(one => one.Keys)];
            }
        }

        public static IReadOnlyDictionary<int, string> Rows(IEnumerable<int> keys) =>
            keys.Where(key => key > 0).Distinct().ToDictionary(key => key, key => $"row {key}");

        public Task<IReadOnlyDictionary<int, string>> ReadAsync(IReadOnlyList<int> keys)
        {
            lock (started)
            {
                started.Add((keys, new()));
                return started[^1].Result.Task;
            }
        }

        public Task StartedAsync(int count) => Waiting.UntilAsync($"{count} statements", () => Task.FromResult(Keys.Count >= count));

        public void Succeed(int statement) => started[statement].Result.SetResult(Rows(started[statement].Keys));

        public void Fail(int statement, Exception exception) => started[statement].Result.SetException(exception);
    }
}
