using System.Net;
using Core;

namespace Functions.Hosting.Settings;

/// <summary>The settings of section <c>Http</c>.</summary>
public sealed class HttpOptions : ISettings
{
    const int DefaultRate = 4096;

    /// <summary>The networks whose <c>X-Forwarded-*</c> headers count, separated by commas, such as <c>10.0.0.0/8</c>. Empty for none.</summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary><see cref="TrustedProxies"/>, one by one.</summary>
    /// <exception cref="ConfigurationException">One of them is not a network.</exception>
    public IReadOnlyList<IPNetwork> TrustedNetworks() =>
        [.. (TrustedProxies == "none" ? "" : TrustedProxies).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(network => IPNetwork.TryParse(network, out var parsed)
            ? parsed
            : throw new ConfigurationException($"Http__TrustedProxies: '{network}' is not a network such as 10.0.0.0/8."))];

    /// <summary>The fewest bytes per second in which a body may arrive, after a grace period; 0 for no limit.</summary>
    public int MinRequestBodyRate { get; set; } = DefaultRate;

    /// <summary>The fewest bytes per second in which an answer may be read, after a grace period; 0 for no limit.</summary>
    public int MinResponseRate { get; set; } = DefaultRate;

    public void Check()
    {
        TrustedNetworks();
        ConfigurationException.Require(MinRequestBodyRate >= 0, "Http__MinRequestBodyRate", "must be 0 (no limit) or more bytes per second");
        ConfigurationException.Require(MinResponseRate >= 0, "Http__MinResponseRate", "must be 0 (no limit) or more bytes per second");
    }
}
