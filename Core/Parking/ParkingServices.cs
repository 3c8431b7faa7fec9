using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Parking;

/// <summary>What the module offers.</summary>
public static class ParkingServices
{
    /// <summary>Needs <see cref="Database.PostgresDatabase"/> and <see cref="TimeProvider"/> to be registered.</summary>
    public static IServiceCollection AddParking(this IServiceCollection services) =>
        services
            .AddSingleton<ParkingLotStore>()
            .AddSingleton<ParkingLotService>()
            .AddSingleton<ParkingStayStore>()
            .AddSingleton<ParkingTicketStore>()
            .AddSingleton<ParkingRefusalStore>()
            .AddSingleton<ParkingTicketService>()
            .AddSingleton<ITicketSource, ParkingTicketSource>()
            .AddSingleton<ParkingErasureStore>()
            .AddSingleton<IPersonalData, ParkingPersonalData>()
            .AddSingleton<IBackgroundWork, ParkingRefusalCleanup>();
}
