using System.Diagnostics.Metrics;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Opens connections for reads on several database servers, of which one is the primary. A read on a standby sees everything that any
/// server of this application had acknowledged or shown to any client before the read began: the standby must have applied the log up
/// to the primary's position, for which the primary is asked after the read began. Concurrent reads share that question. docs/lld.md has
/// the reasons.
/// </summary>
sealed class ReplicaReads : IDisposable
{
    /// <summary>How long a read waits for a standby to catch up before the primary answers it.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(20);

    // While the primary is absent, nothing else can answer: as long as a request may take, less the time to answer it. A standby that is
    // being promoted shows nothing new for seconds.
    static readonly TimeSpan MaxWaitWithoutPrimary = TimeSpan.FromSeconds(6);

    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1),
        StepWithoutPrimary = TimeSpan.FromMilliseconds(10);

    readonly IReadOnlyList<DatabaseHost> hosts;
    readonly SharedRound<HostState?[]> scan;
    readonly Func<CancellationToken, ValueTask<NpgsqlConnection>> openPrimary;
    readonly bool allowStale;
    readonly TimeProvider time;
    readonly Meter meter = new("FunctionsApp.Database");
    readonly Counter<long> reads;
    volatile DatabaseHost? primary;
    volatile HostState? lastPrimary;
    uint turn;

    /// <param name="hosts">All servers.</param>
    /// <param name="openPrimary">Opens a connection to the primary.</param>
    /// <param name="allowStale">Whether standbys may answer in the primary's absence even if they may lack acknowledged writes.</param>
    public ReplicaReads(
        IReadOnlyList<DatabaseHost> hosts,
        Func<CancellationToken, ValueTask<NpgsqlConnection>> openPrimary,
        bool allowStale,
        TimeProvider time
    )
    {
        (this.hosts, this.openPrimary, this.allowStale, this.time) = (hosts, openPrimary, allowStale, time);
        scan = new(() => Task.WhenAll(hosts.Select(host => host.IsAbsent ? Task.FromResult<HostState?>(null) : host.AskAsync())));
        reads = meter.CreateCounter<long>(
            "functionsapp.database.replica.reads",
            unit: "{read}",
            description: "Reads that a standby could answer, by the server that answered: standby or primary."
        );
    }

    /// <summary>What a server must have applied to answer a read.</summary>
    /// <param name="FromPrimary">False while the primary is absent.</param>
    readonly record struct Bound(int Timeline, ulong Position, bool FromPrimary)
    {
        public bool IsReachedBy(HostState? state) =>
            state is { IsStandby: true }
            && state.Timeline >= Timeline
            && (state.Position >= Position || !FromPrimary && state.IsDrained && state.Received >= Position);
    }

    public IReadOnlyList<DatabaseHost> Hosts => hosts;

    /// <summary>The primary as far as known.</summary>
    public DatabaseHost? Primary => primary;

    /// <summary>Opens a connection to a standby that is up to date, or else to the primary.</summary>
    /// <exception cref="NpgsqlException">No server can answer.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (await FindBoundAsync(cancellationToken) is { } bound)
        {
            for (var attempt = 0; attempt < hosts.Count; attempt++)
            {
                if (await FindStandbyAsync(bound, cancellationToken) is not { } standby)
                    break;
                try
                {
                    var connection = await standby.OpenAsync(cancellationToken);
                    reads.Add(1, new KeyValuePair<string, object?>("server", "standby"));
                    return connection;
                }
                catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
                {
                    // It is absent or was restarted, so its last answer no longer counts: another one answers.
                }
            }
        }

        reads.Add(1, new KeyValuePair<string, object?>("server", "primary"));
        if (primary is { Last.IsStandby: false } known)
        {
            try
            {
                // Not the pool for writes: it may wait for a host that does not respond, for a second it does not know that a standby was
                // promoted, and writes that wait for a standby's confirmation may have all of its connections.
                return await known.OpenAsync(cancellationToken);
            }
            catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
            {
                // It has ended since.
            }
        }

        // Always correct, and fails fast if the primary is absent.
        return await openPrimary(cancellationToken);
    }

    public void Dispose() => meter.Dispose();

    /// <summary>Asks all servers, also those that failed a moment ago.</summary>
    public async Task RefreshAsync() => Note(await Task.WhenAll(hosts.Select(host => host.AskAsync())));

    // Null if only the primary can answer.
    async Task<Bound?> FindBoundAsync(CancellationToken cancellationToken)
    {
        if (
            primary is { Last: not null } known
            && await known.AskAsync().WaitAsync(cancellationToken) is { IsStandby: false } state
            && state.Timeline >= (lastPrimary?.Timeline ?? 0)
        )
        {
            lastPrimary = state;
            return new(state.Timeline, state.Position, FromPrimary: true);
        }

        var states = await scan.AskAsync().WaitAsync(cancellationToken);
        return Note(states) is { } found ? new(found.Timeline, found.Position, FromPrimary: true) : FindBoundWithoutPrimary(states);
    }

    // With synchronous replication a commit is acknowledged only after a standby has received it. So no acknowledged commit is beyond what
    // the standbys together have received, if all of them answer: only one server, the primary, may be absent.
    Bound? FindBoundWithoutPrimary(HostState?[] states)
    {
        var timeline = lastPrimary?.Timeline ?? 0;
        var standbys = states.OfType<HostState>().Where(state => state.IsStandby && state.Timeline >= timeline).ToList();
        var isProven = lastPrimary is { IsSynchronous: true } && standbys.Count >= hosts.Count - 1;
        if (standbys.Count == 0 || !isProven && !allowStale)
            return null;
        return new(timeline, standbys.Max(state => state.Received), FromPrimary: false);
    }

    HostState? Note(HostState?[] states)
    {
        // Of two servers that are both not in recovery, the one with the lower timeline was the primary before a failover.
        var (host, state) = hosts
            .Zip(states)
            .Where(one => one.Second is { IsStandby: false } && one.Second.Timeline >= (lastPrimary?.Timeline ?? 0))
            .OrderByDescending(one => one.Second!.Timeline)
            .FirstOrDefault();
        primary = host;
        if (state is not null)
            lastPrimary = state;
        return state;
    }

    async ValueTask<DatabaseHost?> FindStandbyAsync(Bound bound, CancellationToken cancellationToken)
    {
        // In turn. One that is not known to be up to date is asked rather than skipped, or the others would get all reads.
        var first = Interlocked.Increment(ref turn);
        var standbys = hosts.Where(host => host.Last is { IsStandby: true }).ToList();
        for (var i = 0; i < standbys.Count; i++)
        {
            var host = standbys[(int)((first + i) % standbys.Count)];
            if (bound.IsReachedBy(host.Last) || !host.IsPassedOver && await AskAsync(host))
                return host;
        }

        var start = time.GetTimestamp();
        var (limit, step) = bound.FromPrimary ? (MaxWait, Step) : (MaxWaitWithoutPrimary, StepWithoutPrimary);
        var waitedFor = standbys.Where(host => !(bound.FromPrimary && host.IsPassedOver)).ToList();
        while (waitedFor.Count > 0)
        {
            foreach (var host in waitedFor)
            {
                if (await AskAsync(host))
                    return host;
            }

            // One of them may have been promoted meanwhile.
            if (!bound.FromPrimary && Note([.. hosts.Select(host => host.Last)]) is not null)
                return null;
            if (time.GetElapsedTime(start) > limit)
                break;
            await Task.Delay(step, time, cancellationToken);
        }

        foreach (var host in waitedFor)
            host.PassOver();
        return null;

        async ValueTask<bool> AskAsync(DatabaseHost host) => bound.IsReachedBy(await host.AskAsync().WaitAsync(cancellationToken));
    }
}
