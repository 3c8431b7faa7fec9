using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace Functions.Hosting;

/// <summary>Serves the functions on Kestrel, without a Functions host.</summary>
public static class FunctionsAppHost
{
    const string DefaultUrl = "http://localhost:8890";

    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.AddLocalSettings();
        builder.Logging.AddConsoleFor(Console.IsOutputRedirected);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null) builder.WebHost.UseUrls(DefaultUrl);

        await using var database = await AppDatabase.PrepareAsync(builder);
        builder.AddFunctionsApp(database);
        await using var app = builder.Build();
        if (TrustedProxies(app.Configuration) is { } forwarded) app.UseForwardedHeaders(forwarded);
        app.UseFunctionsApp();
        app.MapFallbackToDocs();
        await GivingUp.RunAsync(app);
    }

    // "/" leads to the documentation. Under the Functions host the root is the host's own.
    static void MapFallbackToDocs(this WebApplication app) => app.MapGet("/", () => TypedResults.Redirect($"{HostJson.RoutePrefix}/docs")).ExcludeFromDescription();

    // local.settings.json is what Core Tools make environment variables of; here it serves the same purpose.
    static void AddLocalSettings(this ConfigurationManager configuration)
    {
        var file = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "local.settings.json"), optional: true).Build();
        var values = file.GetSection("Values").AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null)
            .Concat(file.GetSection("ConnectionStrings").AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create($"ConnectionStrings:{pair.Key}", pair.Value)))
            .Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":"), pair.Value));
        // First in the list: the environment and the command line win.
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = values.ToList() });
    }

    static ForwardedHeadersOptions? TrustedProxies(IConfiguration configuration)
    {
        if (configuration["Http:TrustedProxies"] is not { Length: > 0 } networks) return null;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost, ForwardLimit = null };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var network in networks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!System.Net.IPNetwork.TryParse(network, out var parsed)) throw new Core.ConfigurationException($"Http__TrustedProxies: '{network}' is not a network such as 10.0.0.0/8.");
            options.KnownIPNetworks.Add(parsed);
        }

        return options;
    }
}
