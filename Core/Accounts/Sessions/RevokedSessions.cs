using System.Collections.Concurrent;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using Npgsql;

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

    // Since the last time that all sessions were read, and only if a node of a Citus cluster did not respond then.
    volatile IReadOnlyDictionary<ShardRange, long> shardsReadAt = new Dictionary<ShardRange, long>();
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
    public bool IsCurrent => read && IsRecent(Volatile.Read(ref readTimestamp));

    /// <summary>
    /// Whether <see cref="IsCurrent"/>, or the ended sessions of some users were read recently: a node of a Citus cluster that does not
    /// respond holds those of others.
    /// </summary>
    public bool IsPartlyCurrent => IsCurrent || shardsReadAt.Values.Any(IsRecent);

    /// <summary>Whether the ended sessions of a user were read recently; without one, <see cref="IsCurrent"/>.</summary>
    public bool IsCurrentFor(Guid? userId) =>
        IsCurrent || userId is { } id && shardsReadAt.Any(shard => IsRecent(shard.Value) && shard.Key.Contains(id));

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
        foreach (var (id, at) in ended)
        {
            if (Between(at, now).Shorter > Lifetime)
                ended.TryRemove(id, out _);
        }

        var period = readAt is { } last ? Between(last, now).Longer + Overlap : Lifetime;
        if (period > Lifetime)
            period = Lifetime;
        try
        {
            Learn(await store.ReadEndedAsync(period, cancellationToken), now.Timestamp);
        }
        catch (PostgresException e) when (DatabaseFailure.Of(e) is not null)
        {
            await ReadByNodeAsync(period, now.Timestamp, cancellationToken);
            throw;
        }

        readAt = now;
    }

    // The next run reads the whole period again, so what one node has not said is not missed.
    async Task ReadByNodeAsync(TimeSpan period, long timestamp, CancellationToken cancellationToken)
    {
        var known = new Dictionary<ShardRange, long>();
        foreach (var (shards, ids) in await store.ReadEndedByNodeAsync(period, cancellationToken))
        {
            Add(ids ?? []);
            foreach (var shard in shards)
            {
                if (ids is not null)
                    known[shard] = timestamp;
                else if (shardsReadAt.TryGetValue(shard, out var before))
                    known[shard] = before;
            }
        }

        shardsReadAt = known;
    }

    /// <summary>Adds sessions that were read after a <see cref="TimeProvider.GetTimestamp"/>.</summary>
    internal void Learn(IEnumerable<Guid> sessionIds, long timestamp)
    {
        Add(sessionIds);
        Volatile.Write(ref readTimestamp, timestamp);
        read = true;
    }

    bool IsRecent(long timestamp) => time.GetElapsedTime(timestamp) <= options.RevocationInterval + options.RevocationTolerance;

    Reading Now() => new(time.GetUtcNow(), time.GetTimestamp());

    // The time between two readings, by the clock that shows less and by the one that shows more.
    (TimeSpan Shorter, TimeSpan Longer) Between(Reading from, Reading to)
    {
        var (clock, elapsed) = (to.Clock - from.Clock, time.GetElapsedTime(from.Timestamp, to.Timestamp));
        return clock < elapsed ? (clock, elapsed) : (elapsed, clock);
    }
}
