using System.Text.Json;
using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>
/// The pods of the chart in a namespace of a Kubernetes node on this machine. Reads the control groups of their containers, which are
/// exact at any moment; the kubelet's figures are up to 10 s old.
/// </summary>
/// <param name="statistics">Of the database in the namespace.</param>
sealed class LocalPods(string @namespace, DatabaseStatistics statistics) : IAsyncDisposable
{
    const string Component = "app.kubernetes.io/component",
        Server = "server",
        Database = "postgres";

    readonly Dictionary<string, Container> containers = [];

    sealed class Container(ControlGroup group, string component)
    {
        public string Component => component;

        public double ProcessorTime { get; private set; }

        public double Throttled { get; private set; }

        /// <summary>Null if the container has ended.</summary>
        public long? Memory { get; private set; }

        // What a container that has ended had used remains.
        public void Read()
        {
            try
            {
                (ProcessorTime, Throttled, Memory) = (group.ProcessorTime, group.Throttled, group.Memory);
            }
            catch (IOException)
            {
                Memory = null;
            }
        }
    }

    /// <summary>What all containers have used, including those that have ended since the first call.</summary>
    /// <exception cref="LoadTestException">kubectl fails.</exception>
    public async Task<Usage> ReadUsageAsync(CancellationToken cancellationToken)
    {
        await FindAsync(cancellationToken);
        foreach (var container in containers.Values)
            container.Read();
        var server = containers.Values.Where(one => one.Component == Server).ToArray();
        return new(
            server.Sum(one => one.ProcessorTime),
            containers.Values.Where(one => one.Component == Database).Sum(one => one.ProcessorTime),
            server.Sum(one => one.Throttled),
            server.Sum(one => one.Memory),
            await statistics.CountStatementsAsync(cancellationToken),
            await statistics.CountTransactionsAsync(cancellationToken)
        );
    }

    public ValueTask DisposeAsync() => statistics.DisposeAsync();

    async Task FindAsync(CancellationToken cancellationToken)
    {
        var kubectl = new ExternalProgram("kubectl", ["get", "pods", "--namespace", @namespace, "--output", "json"]);
        using var pods = JsonDocument.Parse(await kubectl.RunAsync(cancellationToken));
        foreach (var pod in pods.RootElement.GetProperty("items").EnumerateArray())
        {
            if (
                !pod.GetProperty("metadata").GetProperty("labels").TryGetProperty(Component, out var component)
                || !pod.GetProperty("status").TryGetProperty("containerStatuses", out var statuses)
            )
                continue;
            foreach (var status in statuses.EnumerateArray())
            {
                // Such as containerd://0123456789abcdef; there is none before the container has started.
                var id = status.TryGetProperty("containerID", out var uri) ? uri.GetString()!.Split("://")[^1] : "";
                if (id.Length > 0 && !containers.ContainsKey(id) && ControlGroup.OfContainer(id) is { } group)
                    containers[id] = new(group, component.GetString()!);
            }
        }
    }
}
