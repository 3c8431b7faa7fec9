using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>The chart's CloudNativePG database: three instances with synchronous replication.</summary>
static class CloudNativePgSteps
{
    /// <summary>
    /// Of each client's deposits. As many as possible would keep the node's processors busy, on which the operator and Kubernetes run too.
    /// </summary>
    static readonly TimeSpan interval = TimeSpan.FromSeconds(0.1);

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
    /// Installs a second release on such a database, runs <c>helm test</c>, and deletes the primary under load, first so that it can stop
    /// (not in the short form), then by force: no acknowledged deposit is lost, no read fails, and the service is back in time without a
    /// restart of its pods.
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
        await AllReadyAsync(run);

        var address = await run.Other.AddressAsync();
        await using var pods = await PodWatch.StartAsync(run.Other.Namespace, run.Other.Servers);
        var restarts = pods.Pods.Sum(pod => pod.Restarts);
        List<(bool Met, string Figures)> losses = [];
        if (!run.Options.Short)
        {
            losses.Add(await LoseAsync(run, address, killed: false));
            await AllReadyAsync(run);
        }

        losses.Add(await LoseAsync(run, address, killed: true));
        if (pods.Pods.Sum(pod => pod.Restarts) != restarts)
            throw new ClusterTestException($"A pod was restarted.\n{await run.Other.StateAsync()}");
        var state = losses.All(loss => loss.Met) ? "" : await run.Other.StateAsync();
        await run.Other.UninstallAsync();
        // The chart keeps it.
        await Shell.RunAsync(
            "kubectl",
            ["delete", "clusters.postgresql.cnpg.io", "-n", run.Other.Namespace, "--all", "--timeout=120s"],
            TimeSpan.FromMinutes(3)
        );
        var figures = $"helm test passed; {string.Join("; ", losses.Select(loss => loss.Figures))}; no restart";
        return state.Length == 0
            ? figures
            : throw new ClusterTestException($"reads failed, or more than {run.Options.LongestPause.TotalSeconds:0} s: {figures}\n{state}");
    }

    static Task AllReadyAsync(TestRun run) =>
        Shell.RunAsync(
            "kubectl",
            ["wait", "clusters.postgresql.cnpg.io", "-n", run.Other.Namespace, "--all", "--for=condition=Ready", "--timeout=240s"],
            TimeSpan.FromMinutes(5)
        );

    // Deletes the primary's pod under load, and waits until all clients can write again. One that is killed can neither stop nor release
    // the lease of the primary: its processes are frozen first, or it would often do both within the two seconds that the kubelet
    // leaves it.
    static async Task<(bool Met, string Figures)> LoseAsync(TestRun run, Uri address, bool killed)
    {
        await using var primaries = await PodWatch.StartAsync(run.Other.Namespace, "cnpg.io/instanceRole=primary");
        await using var clients = await RetryingClients.StartAsync(address, interval);
        await using var reads = new Attack(await User.TargetsAsync(address), 50, TimeSpan.FromMinutes(4));
        await clients.MoreAsync(200);
        var primary = primaries.Pods[0];
        if (killed)
            await Shell.RunAsync("kubectl", ["exec", "-n", run.Other.Namespace, primary.Name, "--", "sh", "-c", "kill -STOP -1"]);
        var deleted = DateTime.UtcNow;
        string[] force = killed ? ["--grace-period=0", "--force"] : [];
        await Shell.RunAsync("kubectl", ["delete", "pod", "-n", run.Other.Namespace, primary.Name, "--wait=false", .. force]);
        await primaries.WaitAsync("there is another primary", all => all.Any(pod => pod.Name != primary.Name), TimeSpan.FromMinutes(2));
        var promoted = DateTime.UtcNow - deleted;
        await clients.EachMoreAsync(2);
        await clients.MoreAsync(200);
        await clients.StopAsync();
        var hits = await reads.StopAsync();
        run.Timeline.Add(hits);
        return (
            clients.LongestPause <= run.Options.LongestPause && !hits.Any(hit => hit.Failed),
            $"primary {(killed ? "killed" : "stopped")}: another one after {promoted.TotalSeconds:0.0} s, writes paused for at most "
                + $"{clients.LongestPause.TotalSeconds:0.0} s, {hits.Count} reads, {Failed(hits, deleted)}, "
                + $"{clients.Acknowledged} deposits acknowledged and stored, {clients.Retries} retries"
        );
    }

    static string Failed(IReadOnlyList<Hit> hits, DateTime deleted)
    {
        var failed = hits.Where(hit => hit.Failed).ToList();
        if (failed.Count == 0)
            return "none failed";
        var kinds = failed
            .GroupBy(hit => (hit.Code, hit.Error))
            .Select(group => $"{group.Count()} with {group.Key.Code} ({group.Key.Error})");
        var (first, last) = (failed[0].At - deleted, failed[^1].At - deleted);
        var (fastest, slowest) = (failed.Min(hit => hit.Latency), failed.Max(hit => hit.Latency));
        return $"{string.Join(" and ", kinds)}, sent {first.TotalSeconds:0.0} to {last.TotalSeconds:0.0} s after it, "
            + $"after {fastest.TotalSeconds:0.00} to {slowest.TotalSeconds:0.00} s";
    }
}
