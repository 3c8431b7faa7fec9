using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Metrics</c>.</summary>
public sealed class MetricsOptions : ISettings
{
    /// <summary>The port on which <c>/metrics</c> alone is served, on all addresses; null serves it beside the API. Kestrel only.</summary>
    public int? Port { get; set; }

    public void Check() =>
        ConfigurationException.Require(Port is null or (> 0 and <= 65535), "Metrics__Port", "must be a port from 1 to 65535");
}
