using System.Diagnostics;
using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>The chart's CloudNativePG database: three instances with synchronous replication.</summary>
static class CloudNativePgSteps
{
    /// <summary>How long the service may be away after its primary was deleted.</summary>
    static readonly TimeSpan target = TimeSpan.FromSeconds(15);

    static readonly string[] values =
    [
        .. TestRun.TwoPods,
        "database.mode=cloudnativepg",
        "database.cloudnativepg.instances=3",
        "database.cloudnativepg.storage.size=1Gi",
        "database.cloudnativepg.resources.requests.cpu=100m",
        "database.cloudnativepg.resources.requests.memory=256Mi",
        // Waits for the operator's cluster, which takes longer than the small Postgres.
        "startupSeconds=300",
    ];

    /// <summary>
    /// Installs a second release on such a database, runs <c>helm test</c>, and deletes the primary under load: no acknowledged deposit is
    /// lost, and the service is back in time without a restart of its pods.
    /// </summary>
    public static async Task<string> LoseThePrimaryAsync(TestRun run)
    {
        var (code, text) = await run.Other.TryApplyAsync(
            TimeSpan.FromMinutes(5),
            [.. values, $"database.cloudnativepg.image={run.Options.CloudNativePgImage}"]
        );
        if (code != 0)
            throw new ClusterTestException($"helm install with CloudNativePG failed: {text.Trim()}\n{await run.Other.StateAsync()}");
        (code, text) = await run.Other.TestAsync();
        if (code != 0)
            throw new ClusterTestException($"helm test on CloudNativePG failed: {text}\n{await run.Other.StateAsync()}");
        await Shell.RunAsync(
            "kubectl",
            ["wait", "clusters.postgresql.cnpg.io", "-n", run.Other.Namespace, "--all", "--for=condition=Ready", "--timeout=240s"],
            TimeSpan.FromMinutes(5)
        );

        var address = await run.Other.AddressAsync();
        await using var pods = await PodWatch.StartAsync(run.Other.Namespace, run.Other.Servers);
        var restarts = pods.Pods.Sum(pod => pod.Restarts);
        var users = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => User.SignUpAsync(address)));
        var clients = users.Select(user => new RetryingClient(user)).ToList();
        using var stop = new CancellationTokenSource();
        var deposits = clients.Select(client => client.DepositAsync(stop.Token)).ToList();
        await AcknowledgedAsync(clients, deposits, 200);
        var primary = await PrimaryAsync(run);
        await Shell.RunAsync("kubectl", ["delete", "pod", "-n", run.Other.Namespace, primary.Name, "--grace-period=0", "--force"]);
        // Until there is another primary and each client has had deposits acknowledged by it.
        var limit = Stopwatch.StartNew();
        while (await PrimaryAsync(run) is var now && (now.Uid == primary.Uid || now.Uid.Length == 0))
        {
            await Task.WhenAny(deposits.Append(Task.Delay(100)));
            if (limit.Elapsed > TimeSpan.FromMinutes(2))
                throw new ClusterTestException($"There is no new primary after two minutes.\n{await run.Other.StateAsync()}");
        }

        var before = clients.Select(client => client.Acknowledged).ToList();
        while (clients.Zip(before).Any(one => one.First.Acknowledged <= one.Second + 1))
        {
            await Task.WhenAny(deposits.Append(Task.Delay(20)));
            if (limit.Elapsed > TimeSpan.FromMinutes(4))
                throw new ClusterTestException($"No deposit for minutes after the primary was deleted.\n{await run.Other.StateAsync()}");
        }

        await AcknowledgedAsync(clients, deposits, 200);
        await stop.CancelAsync();
        await Task.WhenAll(deposits);
        foreach (var client in clients)
        {
            if (await client.StoredAsync() != client.Acknowledged)
                throw new ClusterTestException(
                    $"{client.Acknowledged} deposits were acknowledged, {await client.StoredAsync()} are stored."
                );
        }

        foreach (var user in users)
            user.Dispose();
        if (pods.Pods.Sum(pod => pod.Restarts) != restarts)
            throw new ClusterTestException($"A pod was restarted.\n{await run.Other.StateAsync()}");
        await run.Other.UninstallAsync();
        // The chart keeps it.
        await Shell.RunAsync(
            "kubectl",
            ["delete", "clusters.postgresql.cnpg.io", "-n", run.Other.Namespace, "--all", "--timeout=120s"],
            TimeSpan.FromMinutes(3)
        );
        var back = clients.Max(client => client.LongestPause);
        var figures =
            $"helm test passed; primary deleted: writes paused for at most {back.TotalSeconds:0.0} s, "
            + $"{clients.Sum(one => one.Acknowledged)} deposits acknowledged and stored, "
            + $"{clients.Sum(one => one.Retries)} retries, no restart";
        return back <= target ? figures : throw new ClusterTestException($"more than {target.TotalSeconds:0} s: {figures}");
    }

    // Without a name while there is none.
    static async Task<(string Name, string Uid)> PrimaryAsync(TestRun run)
    {
        var pods = await Shell.RunAsync(
            "kubectl",
            [
                "get",
                "pods",
                "-n",
                run.Other.Namespace,
                "-l",
                "cnpg.io/instanceRole=primary",
                "-o",
                "jsonpath={.items[*].metadata.name} {.items[*].metadata.uid}",
            ]
        );
        return pods.Trim().Split(' ') is [var name, var uid] ? (name, uid) : ("", "");
    }

    static async Task AcknowledgedAsync(List<RetryingClient> clients, List<Task> deposits, int more)
    {
        var before = clients.Sum(client => client.Acknowledged);
        while (clients.Sum(client => client.Acknowledged) < before + more)
            await (await Task.WhenAny(deposits.Append(Task.Delay(50))));
    }
}
