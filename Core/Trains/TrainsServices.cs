using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Tickets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Trains;

/// <summary>What the module offers.</summary>
public static class TrainsServices
{
    /// <summary>
    /// Needs the module Tickets, <see cref="Database.PostgresDatabase"/> and <see cref="TimeProvider"/> to be
    /// registered.
    /// </summary>
    public static IServiceCollection AddTrains(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSettings<TrainOptions>(configuration, "Trains")
            .AddSingleton<TrainStore>()
            .AddSingleton<RunCache>()
            .AddSingleton<TrainErasureStore>()
            .AddSingleton<TrainService>()
            .AddSingleton<IPersonalData, TrainPersonalData>()
            .AddSingleton<IBackgroundWork, OldTrainRefusals>()
            .AddSingleton<ITicketSource>(services => services.GetRequiredService<TrainService>());
}
