namespace FunctionsApp.ClusterTest.Steps;

/// <summary>Installing, testing and removing a release.</summary>
static class InstallSteps
{
    /// <summary>Installs the chart with its own Postgres and runs <c>helm test</c>.</summary>
    public static async Task<string> InstallAsync(TestRun run)
    {
        await run.Release.ApplyAsync(TestRun.TwoPods);
        var (code, text) = await run.Release.TestAsync();
        return code == 0
            ? "helm test passed"
            : throw new ClusterTestException($"helm test failed: {text}\n{await run.Release.StateAsync()}");
    }

    /// <summary>A test pod that must fail makes <c>helm test</c> fail.</summary>
    public static async Task<string> TestCanFailAsync(TestRun run)
    {
        await run.Release.ApplyAsync([.. TestRun.TwoPods, "tests.mustFail=true"]);
        var (code, _) = await run.Release.TestAsync();
        return code != 0 ? "helm test failed, as it must" : throw new ClusterTestException("helm test passed with a test that must fail.");
    }

    /// <summary>Several pods that start at once on an empty database, each of which migrates, become ready without a restart.</summary>
    public static async Task<string> CrowdAsync(TestRun run)
    {
        var pods = run.Options.Crowd;
        await run.Other.ApplyAsync(
            $"replicas={pods}",
            "migrate.enabled=false",
            "migrate.onStart=true",
            "database.maxPoolSize=5",
            "resources.requests.cpu=50m"
        );
        await using var watch = await Cluster.PodWatch.StartAsync(run.Other.Namespace, run.Other.Servers);
        var ready = await watch.WaitAsync("all pods", all => all.Count(pod => pod.Ready) == pods, TimeSpan.FromMinutes(2));
        var restarts = ready.Sum(pod => pod.Restarts);
        // The next steps have the machine for themselves.
        await run.Other.UninstallAsync();
        return restarts == 0
            ? $"{pods} pods, no restart"
            : throw new ClusterTestException($"{restarts} restarts of {pods} pods that migrated at once.\n{await run.Other.StateAsync()}");
    }

    /// <summary>After <c>helm uninstall</c> nothing is left but what docs/kubernetes.md lists.</summary>
    public static async Task<string> UninstallAsync(TestRun run)
    {
        await run.Release.UninstallAsync();
        // Pods end after the objects that created them. Those of helm test stay.
        await using (var watch = await Cluster.PodWatch.StartAsync(run.Release.Namespace, "app.kubernetes.io/component!=test"))
            await watch.WaitAsync("the pods end", pods => pods.Count == 0, TimeSpan.FromMinutes(2));
        string[] documented =
        [
            "persistentvolumeclaim/",
            "secret/functionsapp",
            "secret/functionsapp-postgres",
            "secret/second-functionsapp",
            "secret/second-functionsapp-postgres",
            "pod/functionsapp-buys-a-ticket",
            "pod/functionsapp-must-fail",
            "pod/second-functionsapp-buys-a-ticket",
        ];
        var left = (await run.Release.ObjectsAsync()).Concat(await run.Other.ObjectsAsync()).ToList();
        var other = left.Where(one =>
                !documented.Any(kept => kept.EndsWith('/') ? one.StartsWith(kept, StringComparison.Ordinal) : one == kept)
            )
            .ToList();
        return other.Count == 0
            ? $"left, as documented: {string.Join(", ", left)}"
            : throw new ClusterTestException($"helm uninstall left {string.Join(", ", other)}.");
    }
}
