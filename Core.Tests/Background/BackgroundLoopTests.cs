using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FunctionsApp.Core.Tests;

public sealed class BackgroundLoopTests : IAsyncDisposable
{
    readonly FakeTimeProvider time = new();
    readonly CancellationTokenSource stop = new();
    readonly Liveness liveness;
    readonly Work work = new();
    readonly BackgroundLoop loop;
    readonly Task running;

    public BackgroundLoopTests()
    {
        liveness = new(time);
        loop = new(work, liveness, time, new FailureReports(time, NullLogger<FailureReports>.Instance));
        running = loop.RunAsync(stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var turn in work.Turns)
            turn.TrySetCanceled(CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        stop.Dispose();
    }

    [Fact]
    public async Task Turns_that_end_and_turns_that_fail_keep_the_process_alive()
    {
        for (var i = 0; i < 10; i++)
        {
            var turn = await NextAsync();
            Assert.Null(liveness.WhyNot());
            if (i % 2 == 0)
                turn.SetResult();
            else
                turn.SetException(new InvalidOperationException("no"));
        }
    }

    [Fact]
    public async Task A_turn_that_takes_too_long_is_canceled_and_the_next_one_comes()
    {
        await NextAsync();
        var next = work.Begun.Task;
        time.Advance(loop.Limit);
        Assert.True(work.Token.IsCancellationRequested);
        work.Turns[^1].SetCanceled(work.Token);

        await next;
        Assert.Null(liveness.WhyNot());
    }

    [Fact]
    public async Task A_turn_that_does_not_end_though_it_was_canceled_means_that_the_process_is_stuck()
    {
        await NextAsync();

        time.Advance(loop.Limit + BackgroundLoop.Slack);
        Assert.Null(liveness.WhyNot());
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("Work has been stuck", liveness.WhyNot(), StringComparison.Ordinal);
    }

    async Task<TaskCompletionSource> NextAsync()
    {
        var begun = work.Begun.Task;
        time.Advance(work.Interval);
        await begun;
        return work.Turns[^1];
    }

    sealed class Work : IBackgroundWork
    {
        public TimeSpan Interval => TimeSpan.FromSeconds(2);

        public List<TaskCompletionSource> Turns { get; } = [];

        public CancellationToken Token { get; private set; }

        public TaskCompletionSource Begun { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RunOnceAsync(CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            var turn = new TaskCompletionSource();
            Turns.Add(turn);
            var begun = Begun;
            Begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
            begun.SetResult();
            return turn.Task;
        }
    }
}
