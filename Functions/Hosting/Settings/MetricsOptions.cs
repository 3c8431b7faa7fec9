using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Metrics</c>.</summary>
public sealed class MetricsOptions : ISettings
{
    /// <summary>A separate port for <c>/metrics</c>, on all addresses; null serves it on the API's port. Kestrel only.</summary>
    public int? Port { get; set; }

    public void Check() =>
        ConfigurationException.Require(Port is null or (> 0 and <= 65535), "Metrics__Port", "must be a port from 1 to 65535");
}
