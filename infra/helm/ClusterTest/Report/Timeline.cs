using System.Text.Json;
using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Report;

/// <summary>What happened during the test, second by second.</summary>
public sealed class Timeline(DateTime start)
{
    readonly Lock gate = new();
    readonly List<Hit> hits = [];
    readonly List<Phase> phases = [];

    /// <summary>A step of the test.</summary>
    public sealed record Phase(int Number, string Name, double From, double To);

    /// <summary>One second with requests.</summary>
    /// <param name="P50">Milliseconds.</param>
    /// <param name="P99">Milliseconds.</param>
    public sealed record Second(double At, int Requests, int Failures, double P50, double P99);

    /// <summary>The number of ready pods from a moment on.</summary>
    public sealed record Replicas(double At, int Ready, int Existing);

    /// <summary>Adds the requests of an attack.</summary>
    public void Add(IEnumerable<Hit> more)
    {
        lock (gate)
            hits.AddRange(more);
    }

    /// <summary>Adds a step.</summary>
    public void Add(int number, string name, DateTime from, DateTime to)
    {
        lock (gate)
            phases.Add(new(number, name, Seconds(from), Seconds(to)));
    }

    /// <summary>The steps.</summary>
    public IReadOnlyList<Phase> Phases => phases;

    /// <summary>The requests, by the second in which they were sent.</summary>
    public IReadOnlyList<Second> Requests() =>
        [
            .. hits.GroupBy(hit => Math.Floor(Seconds(hit.At)))
                .OrderBy(group => group.Key)
                .Select(group =>
                {
                    var latencies = group.Select(hit => hit.Latency).ToList();
                    return new Second(
                        group.Key,
                        latencies.Count,
                        group.Count(hit => hit.Failed),
                        Percentiles.Of(latencies, 50).TotalMilliseconds,
                        Percentiles.Of(latencies, 99).TotalMilliseconds
                    );
                }),
        ];

    /// <summary>The number of pods after each event.</summary>
    public IReadOnlyList<Replicas> Pods(IReadOnlyList<(string Type, Pod Pod)> events)
    {
        var pods = new Dictionary<string, Pod>();
        var replicas = new List<Replicas>();
        foreach (var (type, pod) in events)
        {
            if (type == "DELETED")
                pods.Remove(pod.Name);
            else
                pods[pod.Name] = pod;
            replicas.Add(new(Seconds(pod.At), pods.Values.Count(one => one is { Ready: true, Deleting: false }), pods.Count));
        }

        return replicas;
    }

    /// <summary>Writes everything as JSON.</summary>
    public void Write(string path, IReadOnlyList<Replicas> replicas) =>
        File.WriteAllText(
            path,
            JsonSerializer.Serialize(
                new
                {
                    start,
                    phases,
                    replicas,
                    seconds = Requests(),
                },
                Indented
            )
        );

    static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    double Seconds(DateTime moment) => (moment - start).TotalSeconds;
}
