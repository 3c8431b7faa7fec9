using Microsoft.Extensions.Time.Testing;

namespace FunctionsApp.Core.Tests;

public sealed class KeyedLimiterTests : IDisposable
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    readonly FakeTimeProvider time = new();
    readonly KeyedLimiter<string> limiter;

    public KeyedLimiterTests() => limiter = new(permits: 2, waiting: 1, Timeout, "Too many at once.", time);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => limiter.Dispose();

    [Fact]
    public async Task Callers_beyond_the_limit_wait_and_those_beyond_the_queue_are_refused()
    {
        var first = await limiter.EnterAsync("a", Cancel);
        using var second = await limiter.EnterAsync("a", Cancel);
        var third = limiter.EnterAsync("a", Cancel).AsTask();
        Assert.False(third.IsCompleted);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => limiter.EnterAsync("a", Cancel).AsTask());
        Assert.Equal((Refusal.Busy, "Too many at once."), (refused.Refusal, refused.Message));
        Assert.NotNull(refused.RetryAfter);

        first.Dispose();
        using var entered = await third;
    }

    [Fact]
    public async Task Keys_are_limited_independently()
    {
        using var first = await limiter.EnterAsync("a", Cancel);
        using var second = await limiter.EnterAsync("a", Cancel);

        using var other = await limiter.EnterAsync("b", Cancel);
    }

    [Fact]
    public async Task Waiting_times_out_and_frees_its_place_in_the_queue()
    {
        using var first = await limiter.EnterAsync("a", Cancel);
        var second = await limiter.EnterAsync("a", Cancel);
        var third = limiter.EnterAsync("a", Cancel).AsTask();

        time.Advance(Timeout);

        Assert.Equal(Refusal.Busy, (await Assert.ThrowsAsync<RefusedException>(() => third)).Refusal);
        var next = limiter.EnterAsync("a", Cancel).AsTask();
        second.Dispose();
        using var entered = await next;
    }

    [Fact]
    public async Task A_canceled_wait_is_not_reported_as_a_refusal()
    {
        using var gone = new CancellationTokenSource();
        using var first = await limiter.EnterAsync("a", Cancel);
        using var second = await limiter.EnterAsync("a", Cancel);
        var third = limiter.EnterAsync("a", gone.Token).AsTask();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
    }
}
