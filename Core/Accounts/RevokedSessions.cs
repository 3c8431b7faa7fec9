using System.Collections.Concurrent;

namespace Core.Accounts;

/// <summary>
/// The sessions that ended while access tokens of theirs may still be good. Known at once where they were ended, and on every other pod after
/// <see cref="AccountOptions.RevocationInterval"/>: checking a token asks only this memory.
/// </summary>
public sealed class RevokedSessions(AccountStore store, AccountOptions options, TimeProvider time) : IBackgroundWork
{
    // Longer than any statement that ends a session takes to commit.
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<Guid, DateTimeOffset> ended = [];
    DateTimeOffset? readAt;

    public TimeSpan Interval => options.RevocationInterval;

    TimeSpan Lifetime => options.AccessTokenLifetime + AccessTokens.ClockSkew + Overlap;

    public bool Contains(Guid sessionId) => ended.ContainsKey(sessionId);

    public void Add(IEnumerable<Guid> sessionIds)
    {
        var now = time.GetUtcNow();
        foreach (var id in sessionIds) ended.TryAdd(id, now);
    }

    public Task StartAsync(CancellationToken cancel) => RunOnceAsync(cancel);

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        Add(await store.ReadEndedSessionsAsync(readAt is { } last ? now - last + Overlap : Lifetime, cancel));
        readAt = now;
        foreach (var (id, at) in ended)
        {
            if (now - at > Lifetime) ended.TryRemove(id, out _);
        }
    }
}
