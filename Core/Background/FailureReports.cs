using System.Collections.Concurrent;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Background;

/// <summary>
/// Logs repeated failures: the first one immediately, later ones at growing intervals of up to a minute with the number of failures in
/// between, and finally the recovery. All failures that are caused by an unavailable database are reported as one.
/// </summary>
public sealed class FailureReports(TimeProvider time, ILogger<FailureReports> logger)
{
    const string DatabaseUnavailable = "The database is unavailable";

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1),
        LongestPause = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, Outage> outages = [];

    // What failed because of the database and has not succeeded since.
    readonly ConcurrentDictionary<string, bool> waitingForDatabase = [];

    /// <summary>Reports a failure.</summary>
    /// <param name="what">What failed, as a clause: "SigningKeys failed".</param>
    /// <param name="exception">The cause. Its stack trace is logged at level Debug only.</param>
    public void Failed(string what, Exception exception)
    {
        var isDatabase = DatabaseFailure.Of(exception) is not null;
        if (isDatabase)
            waitingForDatabase[what] = true;
        var (report, others) = outages.GetOrAdd(isDatabase ? DatabaseUnavailable : what, _ => new()).Failed(time.GetUtcNow());
        if (report)
        {
            logger.LogWarning(
                "{What}: {Problem}{Detail}{Others}",
                isDatabase ? DatabaseUnavailable : what,
                Problem(exception),
                isDatabase ? $" ({what})" : "",
                others == 0 ? "" : $"; {others} more failures since the last report"
            );
        }

        logger.LogDebug(exception, "{What}", what);
    }

    /// <summary>
    /// Reports a success of what may have failed before. The database counts as available again only if it was the cause of that failure:
    /// work that succeeds without the database says nothing about it.
    /// </summary>
    /// <param name="what">The same value as for <see cref="Failed"/>.</param>
    public void Succeeded(string what)
    {
        if (outages.IsEmpty)
            return;
        if (outages.TryGetValue(what, out var own) && own.Ended(time.GetUtcNow()) is { } seconds)
            logger.LogInformation("{What}: recovered after {Seconds} s", what, seconds);
        if (waitingForDatabase.TryRemove(what, out _))
            DatabaseAvailable();
    }

    /// <summary>Reports that a query has succeeded.</summary>
    public void DatabaseAvailable()
    {
        if (outages.TryGetValue(DatabaseUnavailable, out var outage) && outage.Ended(time.GetUtcNow()) is { } seconds)
            logger.LogInformation("The database is available again after {Seconds} s", seconds);
    }

    // Without the position in the statement, which Postgres may add on a second line.
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
                // After a quiet period the next failure starts a new outage. An intermittent failure is reported no more often than a
                // permanent one.
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

        /// <returns>The duration in seconds, or null if there was no outage.</returns>
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
