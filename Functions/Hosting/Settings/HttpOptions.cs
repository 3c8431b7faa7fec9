using System.Net;
using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Http</c>.</summary>
public sealed class HttpOptions : ISettings
{
    const int DefaultRate = 4096;

    /// <summary>
    /// The networks whose <c>X-Forwarded-*</c> headers are trusted, separated by commas, such as <c>10.0.0.0/8</c>. Empty or <c>none</c>
    /// for no network; null if not configured: see <see cref="ForwardedPeer"/>.
    /// </summary>
    public string? TrustedProxies { get; set; }

    /// <summary>Parses <see cref="TrustedProxies"/>.</summary>
    /// <exception cref="ConfigurationException">An entry is not a network.</exception>
    public IReadOnlyList<IPNetwork> TrustedNetworks() =>
        [
            .. (TrustedProxies is null or "none" ? "" : TrustedProxies)
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(network =>
                    IPNetwork.TryParse(network, out var parsed)
                        ? parsed
                        : throw new ConfigurationException($"Http__TrustedProxies: '{network}' is not a network such as 10.0.0.0/8.")
                ),
        ];

    /// <summary>The minimum rate, in bytes per second after a grace period, at which a body must arrive; 0 for no limit.</summary>
    public int MinRequestBodyRate { get; set; } = DefaultRate;

    /// <summary>
    /// The seconds within which a body must arrive, plus one for each 512 KiB of its length or, if that is not known, of the longest one;
    /// 0 for no limit.
    /// </summary>
    public int MaxBodySeconds { get; set; } = 30;

    /// <summary>The minimum rate, in bytes per second after a grace period, at which a response must be read; 0 for no limit.</summary>
    public int MinResponseRate { get; set; } = DefaultRate;

    /// <summary>The origins that may call the API from a browser (CORS), separated by commas. Empty for none.</summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>Parses <see cref="AllowedOrigins"/>.</summary>
    /// <exception cref="ConfigurationException">An entry is not an origin.</exception>
    public string[] Origins() =>
        [
            .. AllowedOrigins
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(origin =>
                    IsOrigin(origin)
                        ? origin
                        : throw new ConfigurationException(
                            $"Http__AllowedOrigins: '{origin}' is not an origin. Write origins such as https://app.example.org, "
                                + "separated by commas."
                        )
                ),
        ];

    /// <summary>The max-age of HSTS: for how many seconds browsers must use HTTPS after a response over HTTPS; 0 for no header.</summary>
    public int HstsSeconds { get; set; }

    public void Check()
    {
        TrustedNetworks();
        Origins();
        ConfigurationException.Require(HstsSeconds >= 0, "Http__HstsSeconds", "must be 0 (no header) or more seconds");
        ConfigurationException.Require(
            MinRequestBodyRate >= 0,
            "Http__MinRequestBodyRate",
            "must be 0 (no limit) or more bytes per second"
        );
        ConfigurationException.Require(
            MaxBodySeconds is >= 0 and <= 24 * 60 * 60,
            "Http__MaxBodySeconds",
            "must be 0 (no limit) to 86400 (a day)"
        );
        ConfigurationException.Require(MinResponseRate >= 0, "Http__MinResponseRate", "must be 0 (no limit) or more bytes per second");
    }

    static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is ("http" or "https")
        && uri.GetLeftPart(UriPartial.Authority) == text;
}
