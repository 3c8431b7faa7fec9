using FunctionsApp.Functions.Tickets;

namespace FunctionsApp.Functions.Trains;

/// <summary>What the module's HTTP side registers.</summary>
public static class TrainsHttp
{
    public static IServiceCollection AddTrainsHttp(this IServiceCollection services) =>
        services.AddSingleton<ITicketPresenter, TrainTicketPresenter>();
}
