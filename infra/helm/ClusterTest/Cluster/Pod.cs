using System.Text.Json;

namespace FunctionsApp.ClusterTest.Cluster;

/// <summary>A pod as of one event.</summary>
/// <param name="At">When the event was received, UTC.</param>
/// <param name="Deleting">It was asked to end.</param>
/// <param name="Restarts">How often its container was started again.</param>
public sealed record Pod(
    DateTime At,
    string Name,
    string Uid,
    bool Scheduled,
    bool Running,
    bool Ready,
    bool Deleting,
    int Restarts,
    string Address
)
{
    /// <summary>Reads Kubernetes's JSON.</summary>
    public static Pod Of(JsonElement pod, DateTime at)
    {
        var (metadata, status) = (pod.GetProperty("metadata"), pod.GetProperty("status"));
        var containers = status.TryGetProperty("containerStatuses", out var all) ? all.EnumerateArray().ToList() : [];
        return new(
            at,
            metadata.GetProperty("name").GetString()!,
            metadata.GetProperty("uid").GetString()!,
            pod.GetProperty("spec").TryGetProperty("nodeName", out _),
            containers.Count > 0 && containers.All(one => one.GetProperty("state").TryGetProperty("running", out _)),
            status.TryGetProperty("conditions", out var conditions)
                && conditions.EnumerateArray().Any(one => Text(one, "type") == "Ready" && Text(one, "status") == "True"),
            metadata.TryGetProperty("deletionTimestamp", out _),
            containers.Sum(one => one.GetProperty("restartCount").GetInt32()),
            Text(status, "podIP") ?? ""
        );
    }

    static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
