using FunctionsApp.Functions.Tickets;

namespace FunctionsApp.Functions.Parking;

/// <summary>What the module's HTTP side registers.</summary>
public static class ParkingHttp
{
    public static IServiceCollection AddParkingHttp(this IServiceCollection services) =>
        services.AddSingleton<ITicketPresenter, ParkingTicketPresenter>();
}
