using System.Diagnostics;
using System.Text.Json;

namespace FunctionsApp.ClusterTest.Cluster;

/// <summary>Follows the pods of a release, by <c>kubectl get --watch</c>.</summary>
public sealed class PodWatch : IAsyncDisposable
{
    readonly Process process;
    readonly Task reading;
    readonly Lock gate = new();
    readonly Dictionary<string, Pod> pods = [];
    readonly List<(string Type, Pod Pod)> events = [];
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts to follow the pods, and returns when those that exist already are known.</summary>
    /// <param name="selector">A label selector.</param>
    public static async Task<PodWatch> StartAsync(string kubeNamespace, string selector)
    {
        var watch = new PodWatch(kubeNamespace, selector);
        while (true)
        {
            var listed = await Shell.RunAsync(
                "kubectl",
                ["get", "pods", "-n", kubeNamespace, "-l", selector, "-o", "jsonpath={.items[*].metadata.name}"]
            );
            // Listed again, because a pod can end before the watch begins.
            var known = watch.Events.Select(one => one.Pod.Name).ToHashSet();
            if (listed.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(known.Contains))
                return watch;
        }
    }

    PodWatch(string kubeNamespace, string selector)
    {
        process = Shell.Start(
            "kubectl",
            ["get", "pods", "-n", kubeNamespace, "-l", selector, "--watch", "--output-watch-events", "-o", "json"]
        );
        process.StandardInput.Close();
        reading = Task.Run(ReadAsync);
    }

    /// <summary>The pods that exist now.</summary>
    public IReadOnlyList<Pod> Pods
    {
        get
        {
            lock (gate)
                return [.. pods.Values];
        }
    }

    /// <summary>Everything that happened, in order: the type (ADDED, MODIFIED, DELETED) and the pod after it.</summary>
    public IReadOnlyList<(string Type, Pod Pod)> Events
    {
        get
        {
            lock (gate)
                return [.. events];
        }
    }

    /// <summary>Waits until the pods are as expected, and returns them.</summary>
    /// <param name="what">What is awaited, for the error.</param>
    /// <exception cref="ClusterTestException">The time is over, or kubectl ended.</exception>
    public async Task<IReadOnlyList<Pod>> WaitAsync(string what, Func<IReadOnlyList<Pod>, bool> expected, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        while (true)
        {
            Task change;
            IReadOnlyList<Pod> now;
            lock (gate)
                (change, now) = (changed.Task, [.. pods.Values]);
            if (expected(now))
                return now;
            try
            {
                await (await Task.WhenAny(change, reading).WaitAsync(limit.Token));
            }
            catch (OperationCanceledException)
            {
                var state = string.Join(
                    ", ",
                    now.Select(pod => $"{pod.Name} (running {pod.Running}, ready {pod.Ready}, deleting {pod.Deleting})")
                );
                throw new ClusterTestException(
                    $"{what}: not within {timeout.TotalSeconds:0} s. Pods: {(state.Length > 0 ? state : "none")}."
                );
            }

            if (reading.IsCompleted)
                throw new ClusterTestException($"{what}: kubectl get --watch ended.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await reading;
        process.Dispose();
    }

    async Task ReadAsync()
    {
        // With --output-watch-events, each line is an event.
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            Apply(document.RootElement.GetProperty("type").GetString()!, document.RootElement.GetProperty("object"));
        }
    }

    void Apply(string type, JsonElement item)
    {
        if (type is not ("ADDED" or "MODIFIED" or "DELETED"))
            return;
        var pod = Pod.Of(item, DateTime.UtcNow);
        lock (gate)
        {
            events.Add((type, pod));
            if (type == "DELETED")
                pods.Remove(pod.Name);
            else
                pods[pod.Name] = pod;
            changed.TrySetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
