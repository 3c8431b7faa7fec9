using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Parking;

/// <summary>What the module offers.</summary>
public static class ParkingServices
{
    /// <summary>Needs <see cref="Database.PostgresDatabase"/> and <see cref="TimeProvider"/> to be registered.</summary>
    public static IServiceCollection AddParking(this IServiceCollection services) =>
        services
            .AddSingleton<ParkingStore>()
            .AddSingleton<ParkingRequestStore>()
            .AddSingleton<ParkingService>()
            .AddSingleton<IPersonalData, ParkingPersonalData>()
            .AddSingleton<IBackgroundWork, OldParkingRefusals>()
            .AddSingleton<ITicketSource>(services => services.GetRequiredService<ParkingService>());
}
