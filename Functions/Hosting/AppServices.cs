using Core;
using Core.Accounts;
using Core.Database;
using Core.Ledger;
using Core.Tickets;
using Core.Trains;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Functions.Hosting;

/// <summary>All services, the same under both hosts and for commands.</summary>
public static class AppServices
{
    /// <summary>The core: database, modules and their settings.</summary>
    public static void AddCore(this IHostApplicationBuilder builder, AppDatabase database)
    {
        var accounts = new AccountOptions();
        var tickets = new TicketOptions();
        var trains = new TrainOptions();
        var ledger = new LedgerOptions();
        try
        {
            builder.Configuration.GetSection("Accounts").Bind(accounts);
            builder.Configuration.GetSection("Tickets").Bind(tickets);
            builder.Configuration.GetSection("Trains").Bind(trains);
            builder.Configuration.GetSection("Ledger").Bind(ledger);
        }
        catch (InvalidOperationException e)
        {
            throw new ConfigurationException($"{e.Message} Lengths of time are written like 00:15:00 or 30.00:00:00.", e);
        }

        accounts.Check();
        trains.Check();
        ledger.Check();

        var services = builder.Services;
        services.AddSingleton(accounts);
        services.AddSingleton(tickets);
        services.AddSingleton(trains);
        services.AddSingleton(ledger);
        services.AddSingleton(database);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PostgresDatabase(database.ConnectionString, source => source.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton<Migrations>();
        services.AddSingleton<PoolWatch>();
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<PoolWatch>());
        foreach (var module in Core.Modules.All) module.AddServices(services);
    }

    public static void AddFunctionsApp(this IHostApplicationBuilder builder, AppDatabase database)
    {
        builder.AddCore(database);
        builder.AddTelemetry();
        builder.Logging.AddFilters();

        var services = builder.Services;
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.UseApiConventions());
        services.AddProblems();
        services.AddBearerAuthentication();
        services.AddRouting();
        services.AddApiDocument();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimit.Transport);
        builder.AddTransferRates();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Timeout(builder.Configuration));
        services.AddSingleton<Readiness>();
        services.AddSingleton<Liveness>();
        services.AddSingleton<StartupHints>();
        services.AddSingleton<GivingUp>();
        services.AddHostedService<StopLimit>();
        services.AddHostedService<Drain>();
        services.AddSingleton<Background>();
        services.AddHostedService(provider => provider.GetRequiredService<Background>());
    }
}
