using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Functions.Parking;
using FunctionsApp.Functions.Tickets;
using FunctionsApp.Functions.Trains;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>All services, the same under both hosts and for commands.</summary>
public static class AppServices
{
    /// <summary>The modules and all settings, read and checked: before anything is started.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static void AddSettings(this IHostApplicationBuilder builder)
    {
        FrameworkSettings.Check(builder.Configuration);
        var services = builder.Services;
        services
            .AddSettings<DatabaseOptions>("Database")
            .AddSettings<LocalOptions>("Local")
            .AddSettings<ShutdownOptions>("Shutdown")
            .AddSettings<HttpOptions>("Http")
            .AddSettings<MetricsOptions>("Metrics")
            .AddSettings<RateLimitOptions>("RateLimits");
        foreach (var module in Core.Modules.All)
            module.AddServices(services);
        DevelopmentSecret.Keep(builder);
        services.AddDeclaredSettings(builder.Configuration);
    }

    /// <summary>The settings of one type, after <see cref="AddSettings"/>.</summary>
    public static T Settings<T>(this IHostApplicationBuilder builder) =>
        builder.Services.Select(service => service.ImplementationInstance).OfType<T>().First();

    /// <summary>The core's database, beside the modules of <see cref="AddSettings"/>.</summary>
    /// <param name="signs">Whether this process signs and verifies: most commands do neither, and need no secret.</param>
    /// <exception cref="ConfigurationException">The secret is missing or not allowed, or the refresh grace is too short.</exception>
    public static void AddCore(this IHostApplicationBuilder builder, AppDatabase database, bool signs)
    {
        if (signs)
        {
            var accounts = builder.Settings<AccountOptions>();
            accounts.CheckSecret(production: !builder.Environment.IsDevelopment());
            accounts.CheckGrace(PostgresDatabase.LongestStatement(database.ConnectionString));
        }

        var services = builder.Services;
        services.AddSingleton(database);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PostgresDatabase(
            database.ConnectionString,
            source => source.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
        ));
        services.AddSingleton<Migrations>();
        services.AddSingleton<PoolWatch>();
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<PoolWatch>());
    }

    public static void AddFunctionsApp(this IHostApplicationBuilder builder, AppDatabase database)
    {
        builder.AddCore(database, signs: true);
        builder.AddTelemetry();
        builder.Logging.AddFilters();

        var services = builder.Services;
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.UseApiConventions());
        services.AddCrossOrigin(builder.Settings<HttpOptions>());
        services.AddProblems();
        builder.AddRateLimits();
        builder.AddUserLimits();
        services.AddBearerAuthentication();
        services.AddRouting();
        services.AddApiDocument();
        // The HTTP sides of modules.
        services.AddTicketsHttp();
        services.AddTrainsHttp();
        services.AddParkingHttp();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimit.Transport);
        builder.AddTransferRates();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = builder.Settings<ShutdownOptions>().Timeout);
        services.AddSingleton<Readiness>();
        services.AddSingleton<Liveness>();
        services.AddSingleton<StartupHints>();
        services.AddSingleton<FatalError>();
        services.AddSingleton<FailureReports>();
        services.AddHostedService<Drain>();
        services.AddSingleton<Background>();
        services.AddHostedService(provider => provider.GetRequiredService<Background>());
    }
}
