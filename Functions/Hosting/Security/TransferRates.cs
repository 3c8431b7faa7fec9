using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// How slowly a client may send a body or read an answer before the server closes the connection, in bytes per second after a
/// grace period.
/// </summary>
public static class TransferRates
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Sets the limits of <see cref="HttpOptions"/>.</summary>
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
