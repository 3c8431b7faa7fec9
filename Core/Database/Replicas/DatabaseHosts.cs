using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>The servers of one database, of which one is the primary.</summary>
sealed class DatabaseHosts
{
    readonly SharedRound<HostState?[]> scan;
    readonly Lock noting = new();
    volatile DatabaseHost? primary,
        latest;
    volatile HostState? lastPrimary;

    /// <param name="each">All servers.</param>
    public DatabaseHosts(IReadOnlyList<DatabaseHost> each)
    {
        Each = each;
        scan = new(() => Task.WhenAll(each.Select(host => host.IsAbsent ? Task.FromResult<HostState?>(null) : host.AskAsync())));
    }

    public IReadOnlyList<DatabaseHost> Each { get; }

    /// <summary>The primary as far as known.</summary>
    public DatabaseHost? Primary => primary;

    /// <summary>
    /// While no primary is known, the servers that may be one: the last known primary, which may only be too busy to say what it is, and
    /// every server that responds but cannot say it.
    /// </summary>
    public IEnumerable<DatabaseHost> PossiblePrimaries =>
        Each.Where(host => host.Last is null && (host == latest || host.Failure is PostgresException));

    /// <summary>Whether there is a server on which a write may succeed.</summary>
    public bool MayHavePrimary => primary is not null || PossiblePrimaries.Any();

    /// <summary>The server that was the primary last, as far as known.</summary>
    public DatabaseHost? Latest => latest;

    /// <summary>What the last primary said last.</summary>
    public HostState? LastPrimary => lastPrimary;

    /// <summary>Asks all servers, also those that failed a moment ago.</summary>
    public async Task RefreshAsync()
    {
        await Task.WhenAll(Each.Select(host => host.AskAsync()));
        Note();
    }

    /// <summary>Asks the servers that have not failed a moment ago. Concurrent callers share the questions.</summary>
    /// <returns>The answers, in the order of <see cref="Each"/>, null where there is none; and the primary's among them.</returns>
    public async Task<(HostState?[] States, HostState? Primary)> ScanAsync(CancellationToken cancellationToken)
    {
        var states = await scan.AskAsync().WaitAsync(cancellationToken);
        var (host, state) = Note();
        // Only what was asked after this call is an answer.
        return (states, Each.Zip(states).Any(one => one.First == host && one.Second is not null) ? state : null);
    }

    /// <summary>Asks the primary.</summary>
    /// <returns>Null if none is known, or if that one is unreachable or no longer the primary.</returns>
    public async Task<HostState?> AskPrimaryAsync(CancellationToken cancellationToken)
    {
        if (primary is not { Last: not null } known)
            return null;
        var state = await known.AskAsync().WaitAsync(cancellationToken);
        if (!IsPrimary(state))
            return null;
        lastPrimary = state;
        return state;
    }

    /// <summary>Evaluates the last answers.</summary>
    /// <returns>Whether there is a primary.</returns>
    public bool NoteLast() => Note().Host is not null;

    /// <summary>What a server is at the moment, for an operator.</summary>
    public string RoleOf(DatabaseHost host) =>
        host.Last switch
        {
            null => "unreachable",
            { IsStandby: true } => "a standby",
            // One that was promoted a moment ago may not be noted yet.
            var state when host == primary || primary is null && IsPrimary(state) => "the primary",
            _ => "an earlier primary, which is not used: stop it",
        };

    // Always evaluates the last answer of each server: when the slowest one has answered, those of the others may be out of date.
    (DatabaseHost? Host, HostState? State) Note()
    {
        lock (noting)
        {
            // Of two servers that are both not in recovery, the one with the lower timeline was the primary before a failover.
            var (host, state) = Each.Select(host => (Host: host, State: host.Last))
                .Where(one => IsPrimary(one.State))
                .OrderByDescending(one => one.State!.Timeline)
                .FirstOrDefault();
            primary = host;
            if (state is not null)
                (lastPrimary, latest) = (state, host);
            return (host, state);
        }
    }

    bool IsPrimary([NotNullWhen(true)] HostState? state) => state is { IsStandby: false } && state.Timeline >= (lastPrimary?.Timeline ?? 0);
}
