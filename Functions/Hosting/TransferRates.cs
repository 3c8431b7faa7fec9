using System.Globalization;
using Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Functions.Hosting;

/// <summary>How slowly a client may send a body or read an answer before the server closes the connection, in bytes per second after a grace period.</summary>
public static class TransferRates
{
    const double Default = 4096;

    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <exception cref="ConfigurationException">A rate is not a number of bytes.</exception>
    public static void AddTransferRates(this IHostApplicationBuilder builder)
    {
        var (request, response) = (Rate(builder.Configuration, "MinRequestBodyRate"), Rate(builder.Configuration, "MinResponseRate"));
        builder.Services.Configure<KestrelServerOptions>(kestrel => (kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MinResponseDataRate) = (request, response));
    }

    static MinDataRate? Rate(IConfiguration configuration, string name) => configuration[$"Http:{name}"] switch
    {
        null or "" => new(Default, Grace),
        var text when double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) => rate == 0 ? null : new(rate, Grace),
        var text => throw new ConfigurationException($"Http__{name} is '{text}'. It must be a whole number of bytes per second, or 0 for no limit."),
    };
}
