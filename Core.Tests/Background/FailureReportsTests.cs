using FunctionsApp.Core.Background;
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
    public void Hour_long_outage_with_two_failures_per_second_logs_about_seventy_lines()
    {
        for (var i = 0; i < 7200; i++)
        {
            reports.Failed(i % 2 == 0 ? "one failed" : "other failed", new NpgsqlException("refused", new TimeoutException()));
            clock.Now += TimeSpan.FromSeconds(0.5);
        }

        Assert.InRange(lines.Warnings.Count, 60, 70);
        Assert.All(lines.Warnings, line => Assert.Contains("refused", line, StringComparison.Ordinal));
        Assert.EndsWith("119 more failures since the last report", lines.Warnings[^1], StringComparison.Ordinal);
        reports.DatabaseAvailable();
        reports.DatabaseAvailable();
        Assert.Equal("The database is available again after 3600 s", Assert.Single(lines.Others));
    }

    [Fact]
    public void Intermittent_failures_are_logged_no_more_often_than_permanent_ones()
    {
        for (var i = 0; i < 600; i++)
        {
            reports.Failed("one failed", new TimeoutException("slow"));
            reports.DatabaseAvailable();
            clock.Now += TimeSpan.FromSeconds(1);
        }

        Assert.InRange(lines.Warnings.Count, 10, 20);
    }

    [Fact]
    public void A_later_outage_and_a_different_failure_are_logged_immediately()
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

    [Fact]
    public void A_database_outage_ends_only_with_a_success_of_work_that_failed_because_of_it()
    {
        reports.Failed("one failed", new NpgsqlException("refused", new TimeoutException()));

        reports.Succeeded("other failed");
        Assert.Empty(lines.Others);
        reports.Succeeded("one failed");
        Assert.Equal("The database is available again after 0 s", Assert.Single(lines.Others));
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
