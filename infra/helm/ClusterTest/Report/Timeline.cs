using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Report;

/// <summary>What happened during the test, second by second.</summary>
public sealed class Timeline(DateTime start)
{
    readonly Lock gate = new();
    readonly List<Hit> hits = [];
    readonly List<TimelineRecord.Phase> phases = [];

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

    /// <summary>Everything so far.</summary>
    /// <param name="events">The changes of the pods.</param>
    public TimelineRecord ToRecord(IReadOnlyList<(string Type, Pod Pod)> events) => new(start, [.. phases], Pods(events), Requests());

    // By the second in which they were sent.
    IReadOnlyList<TimelineRecord.Second> Requests() =>
        [
            .. hits.GroupBy(hit => Math.Floor(Seconds(hit.At)))
                .OrderBy(group => group.Key)
                .Select(group =>
                {
                    var latencies = group.Select(hit => hit.Latency).ToList();
                    return new TimelineRecord.Second(
                        group.Key,
                        latencies.Count,
                        group.Count(hit => hit.Failed),
                        Percentiles.Of(latencies, 50).TotalMilliseconds,
                        Percentiles.Of(latencies, 99).TotalMilliseconds
                    );
                }),
        ];

    // After each event.
    IReadOnlyList<TimelineRecord.Replicas> Pods(IReadOnlyList<(string Type, Pod Pod)> events)
    {
        var pods = new Dictionary<string, Pod>();
        var replicas = new List<TimelineRecord.Replicas>();
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

    double Seconds(DateTime moment) => (moment - start).TotalSeconds;
}
