using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Registers all services, for both hosts and for commands.</summary>
public static class AppServices
{
    /// <summary>Registers the modules, and reads and checks all settings before anything is started.</summary>
    /// <exception cref="ConfigurationException">A setting is invalid.</exception>
    public static void AddModules(this IHostApplicationBuilder builder, AppModules modules)
    {
        Platform.Check();
        FrameworkSettings.Check(builder.Configuration);
        DevelopmentSecret.EnsureExists(builder);
        var (services, configuration) = (builder.Services, builder.Configuration);
        services
            .AddSettings<DatabaseOptions>(configuration, "Database")
            .AddSettings<BatchOptions>(configuration, "Database")
            .AddSettings<LocalOptions>(configuration, "Local")
            .AddSettings<ShutdownOptions>(configuration, "Shutdown")
            .AddSettings<HttpOptions>(configuration, "Http")
            .AddSettings<MetricsOptions>(configuration, "Metrics")
            .AddSettings<RateLimitOptions>(configuration, "RateLimits");
        services.AddSingleton(modules.Core).AddSingleton(modules.Http);
        foreach (var module in modules.Core)
            module.AddServices(services, configuration);
        services.AddUnknownSettings(configuration);
    }

    /// <summary>Returns the settings of a type. Call <see cref="AddModules"/> first.</summary>
    public static T Settings<T>(this IHostApplicationBuilder builder) =>
        builder.Services.Select(service => service.ImplementationInstance).OfType<T>().First();

    /// <summary>Registers the database, in addition to the modules of <see cref="AddModules"/>.</summary>
    /// <param name="signs">Whether this process signs and verifies: most commands do neither, so they need no secret.</param>
    /// <exception cref="ConfigurationException">The secret is missing or not acceptable, or the refresh grace period is too
    /// short.</exception>
    public static void AddCore(this IHostApplicationBuilder builder, AppDatabase database, bool signs)
    {
        if (signs)
        {
            builder.Settings<KeyOptions>().CheckSecret(production: !builder.Environment.IsDevelopment());
            builder.Settings<AccountOptions>().CheckGrace(PostgresDatabase.LongestStatement(database.ConnectionString));
        }

        var services = builder.Services;
        services.AddSingleton(database);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PostgresDatabase(
            database.ConnectionString,
            source => source.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()),
            provider.GetRequiredService<DatabaseOptions>().StaleReads
        ));
        services.AddSingleton(provider => new Migrations(
            provider.GetRequiredService<PostgresDatabase>(),
            provider.GetRequiredService<IReadOnlyList<Core.Module>>(),
            provider.GetRequiredService<ILogger<Migrations>>(),
            provider.GetRequiredService<DatabaseOptions>().Sharding
        ));
        services.AddSingleton<KeyedWork>();
        services.AddSingleton<ShardStore>();
        services.AddSingleton<ReadBatching>();
        services.AddSingleton<IBackgroundWork, CitusWatch>();
        services.AddSingleton<FailureReports>();
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<PoolWatch>();
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<PoolWatch>());
        services.AddSingleton<IBackgroundWork, ReplicaWatch>();
    }

    public static void AddFunctionsApp(this IHostApplicationBuilder builder, AppDatabase database)
    {
        builder.AddCore(database, signs: true);
        builder.AddTelemetry();
        builder.Logging.AddFilters();

        var services = builder.Services;
        var modules = builder.Settings<IReadOnlyList<Module>>();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.UseApiConventions(modules));
        foreach (var module in modules)
            module.AddServices(services);
        services.AddCrossOrigin(builder.Settings<HttpOptions>());
        services.AddProblems();
        builder.AddRateLimits();
        builder.AddUserLimits();
        services.AddAuthorizeAttributes();
        services.AddRouting();
        services.AddApiDocument();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimit.Transport);
        builder.AddTransferRates();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = builder.Settings<ShutdownOptions>().Timeout);
        services.AddHealthChecks();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Liveness>();
        services.AddSingleton<StartupHints>();
        services.AddSingleton<FatalError>();
        services.AddHostedService<Drain>();
        services.AddSingleton<Background>();
        services.AddHostedService(provider => provider.GetRequiredService<Background>());
    }
}
