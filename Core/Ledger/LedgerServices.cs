using FunctionsApp.Core.Accounts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Ledger;

/// <summary>What the module offers.</summary>
public static class LedgerServices
{
    /// <summary>Needs <see cref="Database.PostgresDatabase"/> and <see cref="TimeProvider"/> to be registered.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSettings<LedgerOptions>(configuration, "Ledger")
            .AddSingleton<EntryStore>()
            .AddSingleton<PortfolioStore>()
            .AddSingleton<PriceStore>()
            .AddSingleton<LedgerErasureStore>()
            .AddSingleton<LedgerLimits>()
            .AddSingleton<UploadSpool>()
            .AddSingleton<PortfolioChanges>()
            .AddSingleton<EntryService>()
            .AddSingleton<ImportService>()
            .AddSingleton<PortfolioService>()
            .AddSingleton<PriceService>()
            .AddSingleton<IPersonalData, LedgerPersonalData>();
}
