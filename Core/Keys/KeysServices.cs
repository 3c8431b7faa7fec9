using FunctionsApp.Core.Background;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Keys;

/// <summary>What the module offers.</summary>
public static class KeysServices
{
    /// <summary>
    /// Needs <see cref="KeyTimes"/>, <see cref="Database.PostgresDatabase"/>, <see cref="TimeProvider"/> and logging to be registered.
    /// </summary>
    public static IServiceCollection AddKeys(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSettings<KeyOptions>(configuration, "Accounts")
            .AddSettings<TicketKeyOptions>(configuration, "Tickets")
            .AddSingleton<KeyStore>()
            .AddSingleton<KeyEncryption>()
            .AddSingleton<KeySource>()
            .AddSingleton<KeyRing>()
            .AddSingleton<KeyRotation>()
            .AddSingleton<ICursorKeys, CursorKeys>()
            .AddSingleton<Cursors>()
            .AddSingleton<IBackgroundWork>(services => services.GetRequiredService<KeyRing>());
}
