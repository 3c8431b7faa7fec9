using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Background;
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
            .AddSingleton<RunStore>()
            .AddSingleton<TrainSearchStore>()
            .AddSingleton<RunCache>()
            .AddSingleton<RunService>()
            .AddSingleton<PurchaseStore>()
            .AddSingleton<PurchaseKeyStore>()
            .AddSingleton<TicketPurchases>()
            .AddSingleton<ClassLockStore>()
            .AddSingleton<WaitlistStore>()
            .AddSingleton<CancellationStore>()
            .AddSingleton<TrainTicketStore>()
            .AddSingleton<TrainTicketUseStore>()
            .AddSingleton<TrainTicketService>()
            .AddSingleton<ITicketSource, TrainTicketSource>()
            .AddSingleton<TrainErasureStore>()
            .AddSingleton<IPersonalData, TrainPersonalData>()
            .AddSingleton<IBackgroundWork, TrainRefusalCleanup>();
}
