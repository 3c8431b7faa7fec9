using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Serves the functions on Kestrel, without a Functions host.</summary>
public static class FunctionsAppHost
{
    const string DefaultUrl = "http://localhost:8890";

    public static Task RunAsync(string[] args, AppModules modules) => StopSignals.RunAsync(signals => ServeAsync(args, modules, signals));

    static async Task ServeAsync(string[] args, AppModules modules, StopSignals signals)
    {
        var output = Console.IsOutputRedirected ? LogOutput.Collector : LogOutput.Terminal;
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.AddLocalSettings();
        builder.Logging.AddConsoleFor(output);
        builder.AddModules(modules);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls([.. Urls(builder.Configuration, builder.Settings<MetricsOptions>().Port)]);

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

    static IEnumerable<string> Urls(IConfiguration configuration, int? metricsPort)
    {
        string[] ports = [.. Ports("http"), .. Ports("https")];
        IEnumerable<string> urls =
            configuration["urls"] is { Length: > 0 } configured ? Split(configured)
            : ports.Length > 0 ? ports
            : [DefaultUrl];
        return metricsPort is { } port ? urls.Append($"http://*:{port}") : urls;

        string[] Ports(string scheme) => [.. Split(configuration[$"{scheme}_ports"] ?? "").Select(port => $"{scheme}://*:{port}")];

        static string[] Split(string list) => list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    static void LogDocsUrl(WebApplication app)
    {
        if (app.Urls.FirstOrDefault() is not { } url)
            return;
        var address = BindingAddress.Parse(url);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        app.Logger.LogInformation(
            "Interactive API documentation: {Url}",
            $"{address.Scheme}://{host}:{address.Port}{HostJson.RoutePrefix}/docs"
        );
    }

    // Redirects "/" to the documentation. The Functions host has its own page there.
    static void MapRootToDocs(this WebApplication app) =>
        app.MapGet("/", () => TypedResults.Redirect($"{HostJson.RoutePrefix}/docs")).ExcludeFromDescription();

    // Azure Functions Core Tools turn local.settings.json into environment variables; this does the same without them.
    static void AddLocalSettings(this ConfigurationManager configuration)
    {
        var file = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "local.settings.json"), optional: true)
            .Build();
        var values = file.GetSection("Values")
            .AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null)
            .Concat(
                file.GetSection("ConnectionStrings")
                    .AsEnumerable(makePathsRelative: true)
                    .Where(pair => pair.Value is not null)
                    .Select(pair => KeyValuePair.Create($"ConnectionStrings:{pair.Key}", pair.Value))
            )
            .Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":"), pair.Value));
        // First in the list, so that environment variables and the command line take precedence.
        configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = values.ToList() }
        );
    }

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
