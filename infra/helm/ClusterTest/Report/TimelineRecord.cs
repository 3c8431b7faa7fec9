using System.Text.Json;

namespace FunctionsApp.ClusterTest.Report;

/// <summary>What a test recorded: its steps, pods and requests. Moments are in seconds since the start.</summary>
public sealed record TimelineRecord(
    DateTime Start,
    IReadOnlyList<TimelineRecord.Phase> Phases,
    IReadOnlyList<TimelineRecord.Replicas> Pods,
    IReadOnlyList<TimelineRecord.Second> Seconds
)
{
    static readonly JsonSerializerOptions format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>A step of the test.</summary>
    public sealed record Phase(int Number, string Name, double From, double To);

    /// <summary>One second with requests.</summary>
    /// <param name="P50">Milliseconds.</param>
    /// <param name="P99">Milliseconds.</param>
    public sealed record Second(double At, int Requests, int Failures, double P50, double P99);

    /// <summary>The number of ready pods from a moment on.</summary>
    public sealed record Replicas(double At, int Ready, int Existing);

    /// <summary>Writes it as JSON.</summary>
    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, format));

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    /// <exception cref="ClusterTestException">The file cannot be read, or is not such a record.</exception>
    public static TimelineRecord Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TimelineRecord>(File.ReadAllText(path), format)
                ?? throw new ClusterTestException($"{path} is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterTestException($"{path} is not the timeline of a test: {e.Message}");
        }
    }
}
