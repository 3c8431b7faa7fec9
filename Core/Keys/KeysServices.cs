using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Keys;

/// <summary>What the module offers.</summary>
public static class KeysServices
{
    /// <summary>
    /// Needs <see cref="Accounts.AccountOptions"/>, <see cref="Tickets.TicketOptions"/>, <see cref="Database.PostgresDatabase"/>,
    /// <see cref="TimeProvider"/> and logging to be registered.
    /// </summary>
    public static IServiceCollection AddKeys(this IServiceCollection services) =>
        services
            .AddSingleton<KeyStore>()
            .AddSingleton<KeyEncryption>()
            .AddSingleton<KeySource>()
            .AddSingleton<KeyRing>()
            .AddSingleton<KeyRotation>()
            .AddSingleton<Cursors>()
            .AddSingleton<IBackgroundWork>(services => services.GetRequiredService<KeyRing>());
}
