namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Reads <c>local.settings.json</c>. Azure Functions Core Tools turn it into environment variables; this does the same without them.
/// </summary>
static class LocalSettings
{
    /// <summary>Adds the file next to the program, if there is one, before all other sources, so that those take precedence.</summary>
    public static void AddLocalSettings(this IConfigurationBuilder configuration)
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
        configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = values.ToList() }
        );
    }
}
