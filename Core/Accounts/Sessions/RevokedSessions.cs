using System.Collections.Concurrent;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// The sessions that ended while access tokens of theirs may still be good. Known at once where they were ended, and on every other pod
/// after
/// <see cref="AccountOptions.RevocationInterval"/>: checking a token asks only this memory.
/// </summary>
public sealed class RevokedSessions(SessionStore store, AccountOptions options, TimeProvider time) : IBackgroundWork
{
    // Longer than any statement that ends a session takes to commit.
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<Guid, DateTimeOffset> ended = [];
    DateTimeOffset? readAt;
    long readTimestamp;
    volatile bool read;

    public TimeSpan Interval => options.RevocationInterval;

    TimeSpan Lifetime => options.AccessTokenLifetime + AccessTokens.ClockSkew + Overlap;

    /// <summary>
    /// Whether the ended sessions were read lately: within <see cref="AccountOptions.RevocationInterval"/> and
    /// <see cref="AccountOptions.RevocationTolerance"/>. Else a token may be of a session that has ended, and must not be trusted.
    /// </summary>
    public bool IsCurrent =>
        read && time.GetElapsedTime(Volatile.Read(ref readTimestamp)) <= options.RevocationInterval + options.RevocationTolerance;

    public bool Contains(Guid sessionId) => ended.ContainsKey(sessionId);

    public void Add(IEnumerable<Guid> sessionIds)
    {
        var now = time.GetUtcNow();
        foreach (var id in sessionIds)
            ended.TryAdd(id, now);
    }

    public Task StartAsync(CancellationToken cancellationToken) => RunOnceAsync(cancellationToken);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        Learn(await store.ReadEndedAsync(readAt is { } last ? now - last + Overlap : Lifetime, cancellationToken), timestamp);
        readAt = now;
        foreach (var (id, at) in ended)
        {
            if (now - at > Lifetime)
                ended.TryRemove(id, out _);
        }
    }

    /// <summary>Takes what was read, as of a <see cref="TimeProvider.GetTimestamp"/> before it was.</summary>
    internal void Learn(IEnumerable<Guid> sessionIds, long timestamp)
    {
        Add(sessionIds);
        Volatile.Write(ref readTimestamp, timestamp);
        read = true;
    }
}
