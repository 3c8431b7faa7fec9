using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;

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

/// <summary>Passes each request to the shared pipeline, which routes and handles it: the worker never invokes a function itself.</summary>
public sealed class PipelineMiddleware(IServiceProvider services) : IFunctionsWorkerMiddleware
{
    readonly RequestDelegate pipeline = Build(services);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        // Discards the worker's own match; the pipeline routes again.
        http.SetEndpoint(null);
        http.Request.RouteValues.Clear();

        // The worker runs middleware in the execution context of its invocation, in which the request's activity is not current.
        Activity.Current = http.Features.Get<IHttpActivityFeature>()?.Activity;
        await pipeline(http);
    }

    static RequestDelegate Build(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseFunctionsApp();
        return app.Build();
    }
}
