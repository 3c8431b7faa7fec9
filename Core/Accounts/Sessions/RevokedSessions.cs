using System.Collections.Concurrent;
using FunctionsApp.Core.Background;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// The ended sessions whose access tokens may not have expired yet. The pod that ended one knows it at once, every other pod after
/// <see cref="AccountOptions.RevocationInterval"/>. Checking a token needs no database.
/// </summary>
/// <remarks>
/// Time is measured by two clocks, and whichever keeps more sessions decides. The wall clock, which tokens are checked by, may be set. The
/// monotonic clock may stand still while the machine is suspended.
/// </remarks>
public sealed class RevokedSessions(SessionStore store, AccountOptions options, TimeProvider time) : IBackgroundWork
{
    // Longer than any statement that ends a session takes to commit.
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<Guid, Reading> ended = [];
    Reading? readAt;
    long readTimestamp;
    volatile bool read;

    public TimeSpan Interval => options.RevocationInterval;

    // A moment on both clocks.
    readonly record struct Reading(DateTimeOffset Clock, long Timestamp);

    TimeSpan Lifetime => options.AccessTokenLifetime + AccessTokens.ClockSkew + Overlap;

    /// <summary>
    /// Whether the ended sessions were read recently: within <see cref="AccountOptions.RevocationInterval"/> and
    /// <see cref="AccountOptions.RevocationTolerance"/>. Otherwise the session of a token may have ended, and no token must be trusted.
    /// </summary>
    public bool IsCurrent =>
        read && time.GetElapsedTime(Volatile.Read(ref readTimestamp)) <= options.RevocationInterval + options.RevocationTolerance;

    public bool Contains(Guid sessionId) => ended.ContainsKey(sessionId);

    public void Add(IEnumerable<Guid> sessionIds)
    {
        var now = Now();
        foreach (var id in sessionIds)
            ended.TryAdd(id, now);
    }

    public Task StartAsync(CancellationToken cancellationToken) => RunOnceAsync(cancellationToken);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        var period = readAt is { } last ? Between(last, now).Longer + Overlap : Lifetime;
        Learn(await store.ReadEndedAsync(period < Lifetime ? period : Lifetime, cancellationToken), now.Timestamp);
        readAt = now;
        foreach (var (id, at) in ended)
        {
            if (Between(at, now).Shorter > Lifetime)
                ended.TryRemove(id, out _);
        }
    }

    /// <summary>Adds sessions that were read after a <see cref="TimeProvider.GetTimestamp"/>.</summary>
    internal void Learn(IEnumerable<Guid> sessionIds, long timestamp)
    {
        Add(sessionIds);
        Volatile.Write(ref readTimestamp, timestamp);
        read = true;
    }

    Reading Now() => new(time.GetUtcNow(), time.GetTimestamp());

    // The time between two readings, by the clock that shows less and by the one that shows more.
    (TimeSpan Shorter, TimeSpan Longer) Between(Reading from, Reading to)
    {
        var (clock, elapsed) = (to.Clock - from.Clock, time.GetElapsedTime(from.Timestamp, to.Timestamp));
        return clock < elapsed ? (clock, elapsed) : (elapsed, clock);
    }
}
