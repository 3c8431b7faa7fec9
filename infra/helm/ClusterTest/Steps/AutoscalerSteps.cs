using System.Globalization;
using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>Scaling by CPU, a database query, the time of day and requests per second, without the interceptor.</summary>
static class AutoscalerSteps
{
    const int Most = 3;

    // Less than one pod's share of the requested CPU: the load of this test needs several pods.
    static readonly string[] Small =
    [
        $"autoscaling.maxReplicas={Most}",
        "autoscaling.minReplicas=1",
        "autoscaling.behavior.scaleDown.stabilizationWindowSeconds=5",
        "resources.requests.cpu=50m",
    ];

    static readonly TimeSpan limit = TimeSpan.FromMinutes(4);

    /// <summary>
    /// A HorizontalPodAutoscaler in place of scaling to zero finds a pod, although there was none; it adds pods under load and removes them
    /// after it.
    /// </summary>
    public static async Task<string> HpaAsync(TestRun run)
    {
        await run.Release.ApplyAsync([.. Small, "autoscaling.mode=hpa", "autoscaling.cpuUtilization=60"]);
        return $"cpu: {await LoadAsync(run)}";
    }

    /// <summary>
    /// One ScaledObject with the triggers cpu, postgresql and cron: each in turn adds pods and lets KEDA remove them again.
    /// </summary>
    public static async Task<string> KedaAsync(TestRun run)
    {
        string[] triggers =
        [
            .. Small,
            "autoscaling.mode=keda",
            "autoscaling.keda.cpu.utilization=60",
            "autoscaling.keda.postgresql.enabled=true",
            // Sign-ups of the last half minute, one pod for two.
            "autoscaling.keda.postgresql.query=SELECT count(*) FROM users WHERE created_at > now() - interval '30 seconds'",
            "autoscaling.keda.postgresql.targetValue=2",
        ];
        await run.Release.ApplyAsync(triggers);
        await RequireReadyAsync(run);
        var cpu = await LoadAsync(run);

        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        var address = await run.Release.AddressAsync();
        for (var i = 0; i < 2 * Most; i++)
            (await User.SignUpAsync(address)).Dispose();
        await watch.WaitAsync("pods for new users", Has(Most), limit);
        await watch.WaitAsync("one pod half a minute after the last sign-up", Has(1), limit);

        var (start, end) = (DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(2));
        await run.Release.ApplyAsync([
            .. triggers,
            "autoscaling.keda.cron[0].timezone=Etc/UTC",
            $"autoscaling.keda.cron[0].start={Cron(start)}",
            $"autoscaling.keda.cron[0].end={Cron(end)}",
            "autoscaling.keda.cron[0].replicas=2",
        ]);
        await watch.WaitAsync("two pods by the time of day", Has(2), limit);
        await watch.WaitAsync("one pod after that time", Has(1), limit);
        // Also in the direction in which Helm cannot take over what KEDA owns.
        await run.Release.ApplyAsync([.. Small, "autoscaling.mode=hpa"]);
        return $"cpu: {cpu}; postgresql: 1 to {Most} and back; cron: 1 to 2 and back; then to HPA again";
    }

    /// <summary>
    /// A ScaledObject with the chart's own query of requests per second, read from a real Prometheus: load adds pods, silence removes them,
    /// and a Prometheus that is gone leads to the number of pods set for that.
    /// </summary>
    public static async Task<string> PrometheusAsync(TestRun run)
    {
        string[] values =
        [
            .. Small,
            "autoscaling.mode=keda",
            "autoscaling.keda.cpu.enabled=false",
            "autoscaling.keda.prometheus.enabled=true",
            $"autoscaling.keda.prometheus.server=http://prometheus.{run.Release.Namespace}:9090",
            "autoscaling.keda.prometheus.threshold=20",
            "autoscaling.keda.fallback.failureThreshold=2",
            "autoscaling.keda.fallback.replicas=2",
        ];
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Steps", "prometheus.yaml"));
        var manifest = Path.Combine(run.Options.Results, "prometheus.yaml");
        await File.WriteAllTextAsync(
            manifest,
            text.Replace("IMAGE", run.Options.PrometheusImage)
                .Replace("NAMESPACE", run.Release.Namespace)
                .Replace("RELEASE", run.Release.Name)
        );
        string[] objects = ["-n", run.Release.Namespace, "-f", manifest];
        await Shell.RunAsync("kubectl", ["apply", .. objects]);
        await Shell.RunAsync("kubectl", ["rollout", "status", "-n", run.Release.Namespace, "deployment/prometheus", "--timeout=90s"]);
        await run.Release.ApplyAsync(values);
        await RequireReadyAsync(run);
        var load = await LoadAsync(run, rate: 100);

        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        await Shell.RunAsync("kubectl", ["delete", .. objects]);
        await watch.WaitAsync("two pods without Prometheus", Has(2), limit);
        await run.Release.ApplyAsync([.. Small, "autoscaling.mode=hpa"]);
        return $"requests per second: {load}; 2 pods after Prometheus was deleted";
    }

    static Func<IReadOnlyList<Pod>, bool> Has(int count) => pods => pods.Count == count && pods.All(pod => pod.Ready && !pod.Deleting);

    static string Cron(DateTime at) => at.ToString("m H d M", CultureInfo.InvariantCulture) + " *";

    // Constant load until there are as many pods as allowed, and silence until one is left.
    static async Task<string> LoadAsync(TestRun run, int rate = 500)
    {
        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        // A start alone may keep a processor busy enough for more.
        await watch.WaitAsync("one pod before the load", Has(1), limit);
        var targets = await User.TargetsAsync(await run.Release.AddressAsync());
        await using var attack = new Attack(targets, rate, limit);
        await watch.WaitAsync($"{Most} pods under load", Has(Most), limit);
        var hits = await attack.StopAsync();
        run.RequireNoFailure(hits, "scaling under load");
        await watch.WaitAsync("one pod after the load", Has(1), limit);
        return $"1 to {Most} and back, {hits.Count} requests, none failed";
    }

    static async Task RequireReadyAsync(TestRun run) =>
        await Shell.RunAsync(
            "kubectl",
            ["wait", "scaledobject", "-n", run.Release.Namespace, "--all", "--for=condition=Ready", "--timeout=60s"]
        );
}
