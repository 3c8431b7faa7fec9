using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>Upgrades and failures under load, without an autoscaler.</summary>
static class UpgradeSteps
{
    const int Rate = 100;
    static readonly TimeSpan limit = TimeSpan.FromMinutes(5);

    /// <summary>A rolling upgrade under constant load loses no request.</summary>
    public static async Task<string> RollAsync(TestRun run)
    {
        await run.Release.ApplyAsync(TestRun.TwoPods);
        var address = await run.Release.AddressAsync();
        using var user = await User.SignUpAsync(address);
        await using var attack = new Attack(user.Target(address), Rate, limit);
        await run.Release.ApplyAsync([.. TestRun.TwoPods, "podAnnotations.upgraded=yes"]);
        // The old pods also end under load.
        await using (var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers))
            await watch.WaitAsync(
                "the old pods end",
                all => all.Count(pod => !pod.Deleting) == 2 && all.Count == 2,
                TimeSpan.FromMinutes(2)
            );
        var hits = await attack.StopAsync();
        run.RequireNoFailure(hits, "the rolling upgrade");
        return $"{hits.Count} requests, none failed, p99 {Percentiles.Of(hits.Select(hit => hit.Latency), 99).TotalMilliseconds:0} ms";
    }

    /// <summary>A failing migration leaves the old release serving.</summary>
    public static async Task<string> FailingMigrationAsync(TestRun run)
    {
        var address = await run.Release.AddressAsync();
        using var user = await User.SignUpAsync(address);
        await using var attack = new Attack(user.Target(address), Rate, limit);
        var (code, text) = await run.Release.TryApplyAsync([
            .. TestRun.TwoPods,
            "podAnnotations.upgraded=again",
            "migrate.backoffLimit=0",
            "migrate.deadlineSeconds=60",
            "database.options=Database=absent",
        ]);
        var hits = await attack.StopAsync();
        if (code == 0)
            throw new ClusterTestException("helm upgrade succeeded although its migration has no database.");
        var (failed, log) = await run.Release.MigrationAsync();
        if (!failed || !log.Contains("absent", StringComparison.Ordinal) || !text.Contains("pre-upgrade", StringComparison.Ordinal))
            throw new ClusterTestException($"helm upgrade did not fail because of the migration: {text}\nJob failed: {failed}\n{log}");
        run.RequireNoFailure(hits, "an upgrade whose migration fails");
        var annotations = (await run.Release.DeploymentAsync()).GetProperty("spec").GetProperty("template").GetProperty("metadata");
        if (annotations.ToString().Contains("again", StringComparison.Ordinal))
            throw new ClusterTestException("The deployment was changed although the migration failed.");
        // The failed release is replaced by one that works.
        await run.Release.ApplyAsync(TestRun.TwoPods);
        return $"the Job failed, and so did helm upgrade; {hits.Count} requests to the old release, none failed";
    }

    /// <summary>
    /// An autoscaler in place of a fixed number of pods keeps the pods that there are, and a fixed number in place of an autoscaler is
    /// reached.
    /// </summary>
    public static async Task<string> ReplicasAsync(TestRun run)
    {
        await run.Release.ApplyAsync(TestRun.TwoPods);
        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        var before = await watch.WaitAsync("two pods", Settled(2), limit);
        string[] scaled = ["autoscaling.mode=hpa", "autoscaling.minReplicas=2", "autoscaling.maxReplicas=3"];
        await run.Release.ApplyAsync(scaled);
        var after = await watch.WaitAsync("two pods with an autoscaler", Settled(2), limit);
        if (!after.Select(pod => pod.Uid).ToHashSet().SetEquals(before.Select(pod => pod.Uid)))
            throw new ClusterTestException("The change to an autoscaler replaced pods, so there were fewer than two for a moment.");

        // Someone else than Helm sets the number, as the autoscaler does.
        await Shell.RunAsync("kubectl", ["scale", "-n", run.Release.Namespace, "deployment", run.Release.Name, "--replicas=3"]);
        await watch.WaitAsync("three pods", Settled(3), limit);
        await run.Release.TakeReplicasAsync(TestRun.TwoPods);
        await watch.WaitAsync("two pods without an autoscaler", Settled(2), limit);
        return "the same two pods with an autoscaler; 3, then 2 without it";
    }

    static Func<IReadOnlyList<Pod>, bool> Settled(int count) => pods => pods.Count == count && pods.All(pod => pod.Ready && !pod.Deleting);

    /// <summary>
    /// Helm refuses a Secret that does not exist before it creates anything, and an upgrade to an image that does not exist leaves the old
    /// pods serving.
    /// </summary>
    public static async Task<string> MissingAsync(TestRun run)
    {
        var (code, text) = await run.Other.TryApplyAsync("secrets.existing=absent");
        if (code == 0 || !text.Contains("The Secret absent of secrets.existing is not in the namespace", StringComparison.Ordinal))
            throw new ClusterTestException($"A Secret that does not exist was not refused: {code} {text}");
        if (await run.Other.ObjectsAsync() is { Count: > 0 } created)
            throw new ClusterTestException($"The refused release created {string.Join(", ", created)}.");

        var address = await run.Release.AddressAsync();
        using var user = await User.SignUpAsync(address);
        await using var attack = new Attack(user.Target(address), Rate, limit);
        (code, _) = await run.Release.TryApplyAsync(
            TimeSpan.FromSeconds(15),
            [.. TestRun.TwoPods, "image.tag=absent", "migrate.enabled=false"]
        );
        var hits = await attack.StopAsync();
        if (code == 0)
            throw new ClusterTestException("helm upgrade succeeded although its image does not exist.");
        run.RequireNoFailure(hits, "an upgrade to an image that does not exist");
        await run.Release.ApplyAsync(TestRun.TwoPods);
        return $"the Secret was refused; helm upgrade to the image failed; {hits.Count} requests to the old pods, none failed";
    }

    /// <summary>Pods that get SIGKILL under load: deposits that are retried with their keys are stored exactly once.</summary>
    public static async Task<string> KillAsync(TestRun run)
    {
        var address = await run.Release.AddressAsync();
        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        await using var clients = await RetryingClients.StartAsync(address);
        for (var kill = 0; kill < run.Options.Kills; kill++)
        {
            await clients.MoreAsync(200);
            var victim = watch.Pods.First(pod => pod.Ready);
            await KillAsync(run, victim);
            await watch.WaitAsync(
                "the killed pod is replaced",
                all => all.Count(pod => pod.Ready) == 2 && !all.Any(pod => pod.Uid == victim.Uid && pod.Restarts == victim.Restarts),
                TimeSpan.FromMinutes(2)
            );
        }

        await clients.StopAsync();
        return $"{run.Options.Kills} kills, {clients.Acknowledged} deposits stored once, {clients.Retries} retries";
    }

    /// <summary>Sends SIGKILL to the pod's process if the node is this machine, else deletes the pod without grace.</summary>
    static async Task KillAsync(TestRun run, Pod victim)
    {
        var pid = Directory
            .EnumerateDirectories("/proc")
            .Select(path => (Path: path, IsProcess: int.TryParse(Path.GetFileName(path), out var id), Id: id))
            .Where(one =>
                one.IsProcess
                && BelongsTo(one.Path, victim.Uid)
                && Read(one.Path, "cmdline").Contains("Functions.dll", StringComparison.Ordinal)
            )
            .Select(one => one.Id)
            .FirstOrDefault();
        if (pid != 0)
            await Shell.SignalAsync("KILL", pid);
        else
            await Shell.RunAsync("kubectl", ["delete", "pod", "-n", run.Release.Namespace, victim.Name, "--grace-period=0", "--force"]);
    }

    static bool BelongsTo(string process, string podUid) => Read(process, "cgroup").Contains(podUid, StringComparison.Ordinal);

    /// <summary>A file of a process; empty if the process has ended.</summary>
    static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
