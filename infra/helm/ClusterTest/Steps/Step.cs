using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;
using FunctionsApp.ClusterTest.Report;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>What the steps share.</summary>
/// <param name="Release">The release that most steps change in turn.</param>
/// <param name="Other">A second release in the same namespace.</param>
public sealed record TestRun(TestOptions Options, Release Release, Release Other, Timeline Timeline)
{
    /// <summary>The host name that the interceptor routes to the release.</summary>
    public const string Host = "functionsapp.test";

    /// <summary>The values for two pods without an autoscaler.</summary>
    public static readonly string[] TwoPods = ["replicas=2"];

    /// <summary>The values for scaling to zero. A short cooldown, so that the test waits less.</summary>
    public static readonly string[] ScaleToZero =
    [
        "autoscaling.mode=http",
        $"autoscaling.http.hosts={{{Host}}}",
        "autoscaling.http.cooldownPeriod=2",
        "autoscaling.http.pollingInterval=2",
        "autoscaling.http.concurrency=null",
        "autoscaling.http.requestRate=20",
        "autoscaling.http.requestWindow=5s",
        "autoscaling.behavior.scaleDown.stabilizationWindowSeconds=5",
        "autoscaling.maxReplicas=4",
        "shutdown.preStopSeconds=1",
        "shutdown.drainSeconds=0",
    ];

    /// <summary>The address of the interceptor.</summary>
    public static async Task<Uri> InterceptorAsync()
    {
        var address = await Shell.RunAsync(
            "kubectl",
            [
                "get",
                "service",
                "-n",
                "keda",
                "keda-add-ons-http-interceptor-proxy",
                "-o",
                "jsonpath={.spec.clusterIP}:{.spec.ports[0].port}",
            ]
        );
        return new($"http://{address}");
    }

    /// <summary>Adds the requests of an attack to the timeline.</summary>
    /// <exception cref="ClusterTestException">One of them failed.</exception>
    public void RequireNoFailure(IReadOnlyList<Hit> hits, string during)
    {
        Timeline.Add(hits);
        var failed = hits.Where(hit => hit.Failed).ToList();
        if (failed.Count > 0)
        {
            var first = failed[0];
            throw new ClusterTestException(
                $"{failed.Count} of {hits.Count} requests failed during {during}; the first returned {first.Code} {first.Error}"
            );
        }
    }
}

/// <summary>One thing that the test shows.</summary>
/// <param name="Name">For the printed list and the picture.</param>
/// <param name="RunAsync">
/// Does it and returns figures for the printed list; throws <see cref="ClusterTestException"/> if it does not hold.
/// </param>
/// <param name="LongOnly">Not part of the short form, unless asked for.</param>
/// <param name="Missing">What it needs and is not here; null if it can run.</param>
public sealed record Step(string Name, Func<TestRun, Task<string>> RunAsync, bool LongOnly = false, string? Missing = null);
