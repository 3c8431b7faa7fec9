using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Serves the functions on Kestrel, without a Functions host.</summary>
public static class FunctionsAppHost
{
    /// <summary>The host for which the program was built.</summary>
    public const string Name = "kestrel";

    public static Task RunAsync(string[] args, AppModules modules) => StopSignals.RunAsync(signals => ServeAsync(args, modules, signals));

    static async Task ServeAsync(string[] args, AppModules modules, StopSignals signals)
    {
        var output = Console.IsOutputRedirected ? LogOutput.Collector : LogOutput.Terminal;
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.AddLocalSettings();
        using var listener = EarlyListener.Open(ListenUrls.Of(builder.Configuration));
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = listener.Take);
        builder.Logging.AddConsoleFor(output);
        builder.AddModules(modules);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls([.. Urls(builder)]);

        await using var database = await AppDatabase.PrepareAsync(builder, output, signals.Token);
        builder.AddFunctionsApp(database);
        await using var app = builder.Build();
        app.Services.GetRequiredService<Background>().StartEarly();
        if (TrustedProxies(builder.Settings<HttpOptions>()) is { } forwarded)
            app.UseForwardedHeaders(forwarded);
        app.UseFunctionsApp();
        app.MapRootToDocs();
        app.Lifetime.ApplicationStarted.Register(() => LogDocsUrl(app));
        await FatalError.RunAsync(app, signals);
    }

    static IEnumerable<string> Urls(WebApplicationBuilder builder)
    {
        var urls = ListenUrls.Of(builder.Configuration);
        return builder.Settings<MetricsOptions>().Port is { } port ? urls.Append($"http://*:{port}") : urls;
    }

    static void LogDocsUrl(WebApplication app)
    {
        if (app.Urls.FirstOrDefault() is not { } url)
            return;
        app.Logger.LogInformation("Interactive API documentation: {Url}", $"{ListenUrls.ForClient(url)}{HostJson.RoutePrefix}/docs");
    }

    // Redirects "/" to the documentation. The Functions host has its own page there.
    static void MapRootToDocs(this WebApplication app) =>
        app.MapGet("/", () => TypedResults.Redirect($"{HostJson.RoutePrefix}/docs")).ExcludeFromDescription();

    static ForwardedHeadersOptions? TrustedProxies(HttpOptions settings)
    {
        if (settings.TrustedNetworks() is not { Count: > 0 } networks)
            return null;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var network in networks)
            options.KnownIPNetworks.Add(network);
        return options;
    }
}
