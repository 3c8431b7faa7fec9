using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Tests;

public sealed class FailureReportsTests
{
    readonly Clock clock = new();
    readonly Lines lines = new();
    readonly FailureReports reports;

    public FailureReportsTests() => reports = new(clock, lines);

    [Fact]
    public void An_outage_of_an_hour_that_fails_twice_a_second_is_some_seventy_lines()
    {
        for (var i = 0; i < 7200; i++)
        {
            reports.Failed(i % 2 == 0 ? "one failed" : "other failed", new NpgsqlException("refused", new TimeoutException()));
            clock.Now += TimeSpan.FromSeconds(0.5);
        }

        Assert.InRange(lines.Warnings.Count, 60, 70);
        Assert.All(lines.Warnings, line => Assert.Contains("refused", line, StringComparison.Ordinal));
        Assert.EndsWith("119 more failures since the last report", lines.Warnings[^1], StringComparison.Ordinal);
        reports.DatabaseAnswered();
        reports.DatabaseAnswered();
        Assert.Equal("The database answers again, after 3600 s", Assert.Single(lines.Others));
    }

    [Fact]
    public void What_comes_and_goes_is_reported_no_more_often()
    {
        for (var i = 0; i < 600; i++)
        {
            reports.Failed("one failed", new TimeoutException("slow"));
            reports.DatabaseAnswered();
            clock.Now += TimeSpan.FromSeconds(1);
        }

        Assert.InRange(lines.Warnings.Count, 10, 20);
    }

    [Fact]
    public void A_later_outage_and_another_failure_are_reported_at_once()
    {
        reports.Failed("one failed", new TimeoutException("slow"));
        reports.Failed("one failed", new InvalidOperationException("a defect"));
        reports.Succeeded("one failed");
        clock.Now += TimeSpan.FromMinutes(5);
        reports.Failed("one failed", new TimeoutException("slow again"));

        Assert.Collection(
            lines.Warnings,
            line => Assert.Contains("slow", line, StringComparison.Ordinal),
            line => Assert.Contains("a defect", line, StringComparison.Ordinal),
            line => Assert.Contains("slow again", line, StringComparison.Ordinal)
        );
    }

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    sealed class Lines : ILogger<FailureReports>
    {
        public List<string> Warnings { get; } = [];

        public List<string> Others { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel == LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
            else if (logLevel == LogLevel.Information)
                Others.Add(formatter(state, exception));
        }
    }
}
