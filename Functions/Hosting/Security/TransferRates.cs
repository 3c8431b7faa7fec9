using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// The minimum rates, in bytes per second after a grace period, at which clients must send bodies and read responses. The server closes
/// slower connections.
/// </summary>
public static class TransferRates
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Applies the limits of <see cref="HttpOptions"/>.</summary>
    public static void AddTransferRates(this IHostApplicationBuilder builder)
    {
        var settings = builder.Settings<HttpOptions>();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
            (kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MinResponseDataRate) = (
                Rate(settings.MinRequestBodyRate),
                Rate(settings.MinResponseRate)
            )
        );
    }

    static MinDataRate? Rate(int rate) => rate == 0 ? null : new(rate, Grace);
}
