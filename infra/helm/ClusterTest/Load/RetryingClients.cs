using System.Diagnostics;

namespace FunctionsApp.ClusterTest.Load;

/// <summary>Several users who record deposits at the same time, until they are stopped.</summary>
public sealed class RetryingClients : IAsyncDisposable
{
    const int Count = 8;

    static readonly TimeSpan limit = TimeSpan.FromMinutes(4);

    readonly IReadOnlyList<User> users;
    readonly IReadOnlyList<RetryingClient> clients;
    readonly IReadOnlyList<Task> deposits;
    readonly CancellationTokenSource stop = new();
    volatile TaskCompletionSource acknowledged = New();

    RetryingClients(IReadOnlyList<User> users, TimeSpan? interval)
    {
        this.users = users;
        clients = [.. users.Select(user => new RetryingClient(user, Note, interval))];
        deposits = [.. clients.Select(client => client.DepositAsync(stop.Token))];
    }

    /// <summary>Deposits that the server acknowledged.</summary>
    public int Acknowledged => clients.Sum(client => client.Acknowledged);

    /// <summary>Requests that failed and were sent again.</summary>
    public int Retries => clients.Sum(client => client.Retries);

    /// <summary>The longest time for which a client had nothing acknowledged.</summary>
    public TimeSpan LongestPause => clients.Max(client => client.LongestPause);

    /// <summary>Signs up the users, and starts their deposits.</summary>
    /// <param name="interval">The time from one deposit of a user to the next; null for as many as possible.</param>
    public static async Task<RetryingClients> StartAsync(Uri address, TimeSpan? interval = null) =>
        new(await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => User.SignUpAsync(address))), interval);

    /// <summary>Waits until so many more deposits have been acknowledged.</summary>
    /// <exception cref="ClusterTestException">A deposit was refused, or they take too long.</exception>
    public Task MoreAsync(int count)
    {
        var goal = Acknowledged + count;
        return UntilAsync(() => Acknowledged >= goal);
    }

    /// <summary>Waits until each client has had so many more deposits acknowledged.</summary>
    /// <inheritdoc cref="MoreAsync" path="/exception"/>
    public Task EachMoreAsync(int count)
    {
        var goals = clients.Select(client => client.Acknowledged + count).ToList();
        return UntilAsync(() => clients.Zip(goals).All(one => one.First.Acknowledged >= one.Second));
    }

    /// <summary>Finishes the deposits, and compares what is stored with what was acknowledged.</summary>
    /// <exception cref="ClusterTestException">They differ.</exception>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(deposits);
        foreach (var client in clients)
        {
            if (await client.StoredAsync() is var stored && stored != client.Acknowledged)
                throw new ClusterTestException($"{client.Acknowledged} deposits were acknowledged and {stored} stored.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        // A failure has already failed the step that waited for it.
        await Task.WhenAll(deposits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var user in users)
            user.Dispose();
        stop.Dispose();
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    void Note() => Interlocked.Exchange(ref acknowledged, New()).TrySetResult();

    async Task UntilAsync(Func<bool> reached)
    {
        var since = Stopwatch.StartNew();
        while (acknowledged.Task is var next && !reached())
        {
            var left = limit - since.Elapsed;
            try
            {
                await (await Task.WhenAny(deposits.Append(next)).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero));
            }
            catch (TimeoutException)
            {
                throw new ClusterTestException($"Too few deposits were acknowledged within {limit.TotalMinutes:0} minutes.");
            }
        }
    }
}
