namespace FunctionsApp.ClusterTest.Steps;

/// <summary>The moments of a start from zero pods, UTC.</summary>
/// <param name="Sent">The request was sent.</param>
/// <param name="Created">KEDA had the pod created.</param>
/// <param name="Scheduled">The pod had a node.</param>
/// <param name="ProcessStarted">The process in the container started.</param>
/// <param name="ProcessReady">The process could handle requests.</param>
/// <param name="PodReady">Kubernetes knew it.</param>
/// <param name="Received">The first byte of the response arrived.</param>
public sealed record ColdStart(
    DateTime Sent,
    DateTime Created,
    DateTime Scheduled,
    DateTime ProcessStarted,
    DateTime ProcessReady,
    DateTime PodReady,
    DateTime Received
)
{
    /// <summary>The parts of the time to first byte.</summary>
    public static readonly IReadOnlyList<(string Name, Func<ColdStart, TimeSpan> Time)> Parts =
    [
        ("KEDA", start => start.Created - start.Sent),
        ("scheduling", start => start.Scheduled - start.Created),
        ("container", start => start.ProcessStarted - start.Scheduled),
        ("process", start => start.ProcessReady - start.ProcessStarted),
        ("probe", start => start.PodReady - start.ProcessReady),
        ("first request", start => start.Received - start.PodReady),
    ];

    /// <summary>The time to first byte.</summary>
    public TimeSpan Total => Received - Sent;
}
