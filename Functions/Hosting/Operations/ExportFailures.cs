using System.Diagnostics.Tracing;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Logs once that traces cannot be exported: OpenTelemetry itself only raises an event that is not logged.</summary>
sealed class ExportFailures(ILogger<ExportFailures> logger) : EventListener, IHostedService
{
    const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    int reported;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
            EnableEvents(eventSource, EventLevel.Warning);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name != Exporter || Interlocked.Exchange(ref reported, 1) != 0)
            return;
        // Without the stack trace that follows on the next lines of the event.
        var problem = string.Format(
                System.Globalization.CultureInfo.InvariantCulture,
                eventData.Message ?? "{0}",
                [.. eventData.Payload ?? []]
            )
            .Split('\n')[0]
            .TrimEnd();
        logger.LogWarning(
            "Traces cannot be exported, and further failures are not reported: {Problem} Check OTEL_EXPORTER_OTLP_ENDPOINT and "
                + "OTEL_EXPORTER_OTLP_PROTOCOL (grpc, or http/protobuf)",
            problem
        );
    }
}
