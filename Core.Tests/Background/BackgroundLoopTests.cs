using FunctionsApp.Core.Background;
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
        foreach (var run in work.Runs)
            run.TrySetCanceled(CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        stop.Dispose();
    }

    [Fact]
    public async Task Successful_and_failed_runs_keep_the_process_alive()
    {
        for (var i = 0; i < 10; i++)
        {
            var run = await NextAsync();
            Assert.Null(liveness.GetStuckReason());
            if (i % 2 == 0)
                run.SetResult();
            else
                run.SetException(new InvalidOperationException("no"));
        }
    }

    [Fact]
    public async Task A_run_that_exceeds_the_limit_is_canceled_and_followed_by_the_next()
    {
        await NextAsync();
        var next = work.Started.Task;
        time.Advance(loop.Limit);
        Assert.True(work.Token.IsCancellationRequested);
        work.Runs[^1].SetCanceled(work.Token);

        await next;
        Assert.Null(liveness.GetStuckReason());
    }

    [Fact]
    public async Task A_run_that_ignores_cancellation_makes_the_process_stuck()
    {
        await NextAsync();

        time.Advance(loop.Limit + BackgroundLoop.Slack);
        Assert.Null(liveness.GetStuckReason());
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("Work has been stuck", liveness.GetStuckReason(), StringComparison.Ordinal);
    }

    async Task<TaskCompletionSource> NextAsync()
    {
        var started = work.Started.Task;
        time.Advance(work.Interval);
        await started;
        return work.Runs[^1];
    }

    sealed class Work : IBackgroundWork
    {
        public TimeSpan Interval => TimeSpan.FromSeconds(2);

        public List<TaskCompletionSource> Runs { get; } = [];

        public CancellationToken Token { get; private set; }

        public TaskCompletionSource Started { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RunOnceAsync(CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            var run = new TaskCompletionSource();
            Runs.Add(run);
            var started = Started;
            Started = new(TaskCreationOptions.RunContinuationsAsynchronously);
            started.SetResult();
            return run.Task;
        }
    }
}
