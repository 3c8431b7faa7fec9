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

    // While the primary is unreachable, nothing else can answer: as long as a request may take, less the time to answer it. A standby that
    // is being promoted shows nothing new for seconds.
    static readonly TimeSpan MaxWaitWithoutPrimary = TimeSpan.FromSeconds(6);

    /// <summary>How long a read may look for a server that can answer it, including the time to notice that one is absent.</summary>
    public static readonly TimeSpan LongestWait = MaxWaitWithoutPrimary + 2 * DatabaseHost.Timeout;

    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1),
        StepWithoutPrimary = TimeSpan.FromMilliseconds(10);

    readonly DatabaseHosts hosts;
    readonly Func<CancellationToken, ValueTask<NpgsqlConnection>> openPrimary;
    readonly bool allowStale;
    readonly TimeProvider time;
    readonly Meter meter = new("FunctionsApp.Database");
    readonly Counter<long> reads;
    uint turn;

    /// <param name="hosts">All servers.</param>
    /// <param name="openPrimary">Opens a connection to the primary.</param>
    /// <param name="allowStale">Whether standbys may answer in the primary's absence even if they may lack acknowledged writes.</param>
    public ReplicaReads(
        DatabaseHosts hosts,
        Func<CancellationToken, ValueTask<NpgsqlConnection>> openPrimary,
        bool allowStale,
        TimeProvider time
    )
    {
        (this.hosts, this.openPrimary, this.allowStale, this.time) = (hosts, openPrimary, allowStale, time);
        reads = meter.CreateCounter<long>(
            "functionsapp.database.replica.reads",
            unit: "{read}",
            description: "Reads that a standby could answer, by the server that answered: standby or primary."
        );
    }

    /// <summary>What a server must have applied to answer a read.</summary>
    /// <param name="FromPrimary">False while the primary is unreachable.</param>
    /// <param name="Except">A server that must not answer, because it may show what no other one has.</param>
    readonly record struct Bound(int Timeline, ulong Position, bool FromPrimary, DatabaseHost? Except = null)
    {
        public bool IsReachedBy(HostState? state) =>
            state is { IsStandby: true }
            && state.Timeline >= Timeline
            && (state.Position >= Position || !FromPrimary && state.IsDrained && state.Received >= Position);
    }

    /// <summary>Opens a connection to a standby that is up to date, or else to the primary.</summary>
    /// <exception cref="NpgsqlException">No server can answer.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        // Now: a batch may begin where the context does not flow, and then it is gone after the first wait.
        var attempt = ReadAttempt.Current;
        var start = time.GetTimestamp();
        if (await FindBoundAsync(start, cancellationToken) is { } bound)
        {
            var tried = new List<DatabaseHost>();
            while (await FindStandbyAsync(bound, tried, start, cancellationToken) is var (standby, state))
            {
                try
                {
                    var connection = await standby.OpenAsync(state, cancellationToken);
                    Count("standby");
                    attempt?.Note(standby: true);
                    return connection;
                }
                catch (Exception e) when (IsPassedOver(e))
                {
                    // It is unreachable, was restarted, so that its last answer no longer counts, or all its connections are in
                    // use: another one answers.
                    tried.Add(standby);
                }
            }
        }

        if (await OpenKnownPrimaryAsync(cancellationToken) is { } known)
            return known;
        Count("primary");
        // Always correct, and fails fast if the primary is unreachable.
        return await openPrimary(cancellationToken);
    }

    /// <summary>
    /// Like <see cref="OpenAsync"/> for a read that failed, but prefers the primary. The primary is asked first: if the read failed
    /// because it has ended, none of its pooled connections works.
    /// </summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public async ValueTask<NpgsqlConnection> OpenRepeatedAsync(CancellationToken cancellationToken) =>
        await hosts.AskPrimaryAsync(cancellationToken) is not null && await OpenKnownPrimaryAsync(cancellationToken) is { } connection
            ? connection
            : await OpenAsync(cancellationToken);

    public void Dispose() => meter.Dispose();

    // Null if no primary is known, or if it has ended since. Not the pool for writes: those that wait for a standby's confirmation may have
    // all of its connections.
    async ValueTask<NpgsqlConnection?> OpenKnownPrimaryAsync(CancellationToken cancellationToken)
    {
        if (hosts.Primary is not { Last: { IsStandby: false } state } known)
            return null;
        try
        {
            var connection = await known.OpenAsync(state, cancellationToken);
            Count("primary");
            ReadAttempt.Current?.Note(standby: false);
            return connection;
        }
        catch (Exception e) when (IsPassedOver(e))
        {
            return null;
        }
    }

    static bool IsPassedOver(Exception e) =>
        DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable or DatabaseFailureKind.PoolExhausted };

    void Count(string server) => reads.Add(1, new KeyValuePair<string, object?>("server", server));

    // Null if only the primary can answer.
    async Task<Bound?> FindBoundAsync(long start, CancellationToken cancellationToken)
    {
        if (await hosts.AskPrimaryAsync(cancellationToken) is { } state)
            return new(state.Timeline, state.Position, FromPrimary: true);
        while (true)
        {
            var (states, found) = await hosts.ScanAsync(cancellationToken);
            if (found is not null)
                return new(found.Timeline, found.Position, FromPrimary: true);
            var bound = FindBoundWithoutPrimary(states, out var isPending);
            if (!isPending || time.GetElapsedTime(start) > MaxWaitWithoutPrimary)
                return bound;
            await Task.Delay(StepWithoutPrimary, time, cancellationToken);
        }
    }

    // With synchronous replication a commit is acknowledged only after a standby has received it. So no acknowledged commit is beyond what
    // the standbys together have received, if all of them answer: only one server, the primary, may be unreachable, or be a standby itself
    // by now. A standby that was restarted and is still applying its own log does not know yet how much it has received, and one that has
    // just failed to answer may only be busy: both are waited for.
    Bound? FindBoundWithoutPrimary(HostState?[] states, out bool isPending)
    {
        var timeline = hosts.LastPrimary?.Timeline ?? 0;
        var standbys = hosts
            .Each.Zip(states, (host, state) => (Host: host, State: state))
            .Where(one => one.State is { IsStandby: true } state && state.Timeline >= timeline)
            .ToList();
        var isComplete = hosts.LastPrimary is { IsSynchronous: true } && standbys.Count >= hosts.Each.Count - 1;
        DatabaseHost? except = null;
        if (standbys.Count == hosts.Each.Count && standbys.Find(one => one.Host == hosts.Latest) is { State.Received: null } lastPrimary)
        {
            except = lastPrimary.Host;
            standbys.Remove(lastPrimary);
        }

        isPending = !allowStale && (isComplete ? standbys.Exists(one => one.State!.Received is null) : MayBeCompleteSoon());
        if (standbys.Count == 0 || isPending || !isComplete && !allowStale)
            return null;
        return new(timeline, standbys.Max(one => one.State!.Received ?? one.State.Position), FromPrimary: false, except);

        bool MayBeCompleteSoon() =>
            hosts.LastPrimary is { IsSynchronous: true }
            && standbys.Count > 0
            && standbys.Count + hosts.Each.Count(host => host != hosts.Latest && host.MayAnswerAgain) >= hosts.Each.Count - 1;
    }

    // Null if none can answer. Without a primary, one that has no free connection is better than none.
    async ValueTask<(DatabaseHost Host, HostState State)?> FindStandbyAsync(
        Bound bound,
        List<DatabaseHost> tried,
        long start,
        CancellationToken cancellationToken
    )
    {
        // In turn. One that is not known to be up to date is asked rather than skipped, or the others would get all reads.
        var first = Interlocked.Increment(ref turn);
        var standbys = hosts
            .Each.Where(host => host.Last is { IsStandby: true } && !(bound.FromPrimary && host.IsFull))
            .Where(host => host != bound.Except && !tried.Contains(host))
            .ToList();
        for (var i = 0; i < standbys.Count; i++)
        {
            var host = standbys[(int)((first + i) % standbys.Count)];
            if (host.Last is { } last && bound.IsReachedBy(last))
                return (host, last);
            if (!host.IsPassedOver && await AskAsync(host) is { } state)
                return (host, state);
        }

        if (bound.FromPrimary)
            start = time.GetTimestamp();
        var (limit, step) = bound.FromPrimary ? (MaxWait, Step) : (MaxWaitWithoutPrimary, StepWithoutPrimary);
        var waitedFor = standbys.Where(host => !(bound.FromPrimary && host.IsPassedOver)).ToList();
        while (waitedFor.Count > 0)
        {
            foreach (var host in waitedFor)
            {
                if (await AskAsync(host) is { } state)
                    return (host, state);
            }

            // One of them may have been promoted meanwhile.
            if (!bound.FromPrimary && hosts.NoteLast())
                return null;
            if (time.GetElapsedTime(start) > limit)
                break;
            await Task.Delay(step, time, cancellationToken);
        }

        foreach (var host in waitedFor)
            host.PassOver();
        return null;

        // Null if it has not reached the bound.
        async ValueTask<HostState?> AskAsync(DatabaseHost host)
        {
            var state = await host.AskAsync().WaitAsync(cancellationToken);
            return bound.IsReachedBy(state) ? state : null;
        }
    }
}
