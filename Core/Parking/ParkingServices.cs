using Core.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Core.Parking;

/// <summary>What the module offers.</summary>
public static class ParkingServices
{
    /// <summary>Needs <see cref="Database.PostgresDatabase"/> and <see cref="TimeProvider"/> to be registered.</summary>
    public static IServiceCollection AddParking(this IServiceCollection services) => services
        .AddSingleton<ParkingStore>()
        .AddSingleton<ParkingService>()
        .AddSingleton<ITicketSource>(services => services.GetRequiredService<ParkingService>());
}
