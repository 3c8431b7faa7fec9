using Microsoft.Azure.Functions.Worker.Builder;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Serves the functions as an isolated worker of the Azure Functions host.</summary>
public static class FunctionsAppHost
{
    /// <summary>The host for which the program was built.</summary>
    public const string Name = "functions";

    public static Task RunAsync(string[] args, AppModules modules) => StopSignals.RunAsync(signals => ServeAsync(args, modules, signals));

    static async Task ServeAsync(string[] args, AppModules modules, StopSignals signals)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        // The host drops log records outside of invocations, such as those of startup, background work and shutdown, but it forwards
        // console output.
        builder.Logging.AddConsoleFor(LogOutput.Collector);
        builder.AddModules(modules);
        if (builder.Settings<MetricsOptions>().Port is not null)
            throw new Core.ConfigurationException(
                "Metrics__Port is supported on Kestrel only: the Functions host listens on a single port. Remove the setting."
            );
        await using var database = await AppDatabase.PrepareAsync(builder, LogOutput.Collector, signals.Token);
        builder.AddFunctionsApp(database);
        builder.Services.AddSingleton<PipelineMiddleware>();
        builder.UseMiddleware<PipelineMiddleware>();
        using var host = builder.Build();
        host.Services.GetRequiredService<Background>().StartEarly();
        await FatalError.RunAsync(host, signals);
    }
}
