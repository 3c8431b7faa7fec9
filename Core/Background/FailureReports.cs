using System.Collections.Concurrent;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core;

/// <summary>
/// Reports failures that repeat: the first at once, those after it at growing intervals, at most once a minute, with how many there were in
/// between; then that it is over. Whatever fails because the database is away is one failure.
/// </summary>
public sealed class FailureReports(TimeProvider time, ILogger<FailureReports> logger)
{
    const string DatabaseAway = "The database is not available";

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1),
        LongestPause = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, Outage> outages = [];

    /// <summary>Something failed.</summary>
    /// <param name="what">What, as a clause: "SigningKeys failed".</param>
    /// <param name="exception">Why. Its stack trace is logged at the level Debug only.</param>
    public void Failed(string what, Exception exception)
    {
        var isDatabase = DatabaseFailure.Of(exception) is not null;
        var (report, others) = outages.GetOrAdd(isDatabase ? DatabaseAway : what, _ => new()).Failed(time.GetUtcNow());
        if (report)
        {
            logger.LogWarning(
                "{What}: {Problem}{Detail}{Others}",
                isDatabase ? DatabaseAway : what,
                Problem(exception),
                isDatabase ? $" ({what})" : "",
                others == 0 ? "" : $"; {others} more failures since the last report"
            );
        }

        logger.LogDebug(exception, "{What}", what);
    }

    /// <summary>Something that may have failed before works.</summary>
    /// <param name="what">The same as for <see cref="Failed"/>.</param>
    public void Succeeded(string what)
    {
        if (outages.IsEmpty)
            return;
        if (outages.TryGetValue(what, out var own) && own.Ended(time.GetUtcNow()) is { } seconds)
            logger.LogInformation("{What}: over after {Seconds} s", what, seconds);
    }

    /// <summary>The database answers.</summary>
    public void DatabaseAnswered()
    {
        if (outages.TryGetValue(DatabaseAway, out var outage) && outage.Ended(time.GetUtcNow()) is { } seconds)
            logger.LogInformation("The database answers again, after {Seconds} s", seconds);
    }

    // Without the position in a statement that Postgres's message may have on a second line.
    static string Problem(Exception exception) =>
        exception.GetBaseException() is PostgresException postgres
            ? $"{postgres.SqlState}: {postgres.MessageText}"
            : exception.Message.ReplaceLineEndings(" ");

    sealed class Outage
    {
        readonly Lock gate = new();
        TimeSpan pause = FirstPause;
        DateTimeOffset? since;
        DateTimeOffset last,
            reportAt;
        int unreported;

        public (bool Report, int Others) Failed(DateTimeOffset now)
        {
            lock (gate)
            {
                // After a quiet while the next outage is a new one. What comes and goes is reported no more often than what stays.
                if (now - last > LongestPause)
                    (pause, reportAt) = (FirstPause, now);
                (last, since) = (now, since ?? now);
                if (now < reportAt)
                {
                    unreported++;
                    return (false, 0);
                }

                var others = unreported;
                (unreported, reportAt) = (0, now + pause);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                return (true, others);
            }
        }

        /// <returns>How many seconds it lasted; null when there was nothing that was reported.</returns>
        public int? Ended(DateTimeOffset now)
        {
            lock (gate)
            {
                if (since is not { } start)
                    return null;
                since = null;
                return (int)(now - start).TotalSeconds;
            }
        }
    }
}
