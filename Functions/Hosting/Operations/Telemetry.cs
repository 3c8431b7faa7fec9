using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Metrics for Prometheus at <c>/metrics</c>; traces over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
static class Telemetry
{
    // No labels with the database's host, user or name. The pool's name is set by this program.
    static readonly string[] NpgsqlLabels =
    [
        "db.client.connection.pool.name",
        "db.client.connection.state",
        "db.client.connection.status",
        "error.type",
    ];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource.AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? "functionsapp", serviceVersion: AppVersion.Value)
            );
        AppVersion.AddMetric();
        telemetry.WithMetrics(metrics =>
            metrics
                .AddMeter(
                    "Microsoft.AspNetCore.Hosting",
                    "Microsoft.AspNetCore.Server.Kestrel",
                    "System.Runtime",
                    "Npgsql",
                    // The meters of the modules.
                    "FunctionsApp.*"
                )
                .AddView(
                    "http.server.request.duration",
                    new ExplicitBucketHistogramConfiguration
                    {
                        Boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
                    }
                )
                .AddView(instrument => instrument.Meter.Name == "Npgsql" ? new() { TagKeys = NpgsqlLabels } : null)
                .AddPrometheusExporter()
        );
        if (
            builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }
            || builder.Configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] is { Length: > 0 }
        )
        {
            builder.Services.AddHostedService<ExportFailures>();
            telemetry.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddNpgsql().AddOtlpExporter());
        }
    }
}
