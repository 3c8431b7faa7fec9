using FunctionsApp.LoadTest.Soak;

namespace FunctionsApp.LoadTest.Tests;

public sealed class SoakVerdictTests
{
    const long Mebibyte = 1 << 20;

    static readonly SoakVerdict Verdict = new(WarmUp: 20, MemoryGrowth: 0.1, MaxConnections: 20);

    [Fact]
    public void A_test_without_failures_and_growth_passes()
    {
        var samples = Samples(i => 100 + i % 2);

        Assert.Empty(Verdict.FindProblems(samples));
        Assert.Equal(
            "1000 requests, 0 failed; memory 100.5 MiB on average, growing by 0.3% along the fitted line (17.1 MiB/h); 5 to 5 connections.",
            Verdict.Summary(samples)
        );
    }

    [Fact]
    public void Growth_during_the_warm_up_is_accepted() => Assert.Empty(Verdict.FindProblems(Samples(i => i < 2 ? 10 : 100)));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Memory_that_grows_along_the_fitted_line_is_a_problem(int each, bool found) =>
        Assert.Equal(
            found,
            Verdict.FindProblems(Samples(i => 100 + each * i)).Any(one => one.StartsWith("Memory grows", StringComparison.Ordinal))
        );

    [Fact]
    public void Failures_events_and_too_many_connections_are_problems()
    {
        var samples = Samples(_ => 100);
        samples[3] = samples[3] with { Failed = 2, Failures = "2 times status 503" };
        samples[4] = samples[4] with { Connections = 21 };
        samples[5] = samples[5] with { Event = "The server had ended." };

        Assert.Equal(
            [
                "2 of 100 requests failed until 40 s: 2 times status 503.",
                "After 60 s: The server had ended.",
                "The server had 21 connections after 50 s, but may open 20.",
            ],
            Verdict.FindProblems(samples)
        );
    }

    [Fact]
    public void Too_few_samples_do_not_pass() =>
        Assert.StartsWith(
            "The test was too short",
            Assert.Single(Verdict.FindProblems([.. Samples(_ => 100).Take(5)])),
            StringComparison.Ordinal
        );

    [Fact]
    public void Memory_that_cannot_be_read_is_not_judged()
    {
        SoakSample[] samples = [.. Samples(_ => 100).Select(one => one with { Memory = null, Connections = null })];

        Assert.Empty(Verdict.FindProblems(samples));
        Assert.Equal("1000 requests, 0 failed.", Verdict.Summary(samples));
    }

    // A sample every 10 s; the memory in MiB.
    static SoakSample[] Samples(Func<int, long> memory) =>
        [.. Enumerable.Range(0, 10).Select(i => new SoakSample((i + 1) * 10, 100, 0, 5, null, memory(i) * Mebibyte, 5, null))];
}
