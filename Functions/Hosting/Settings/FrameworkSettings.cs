using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Checks settings that .NET, ASP.NET Core and OpenTelemetry read themselves: an invalid one would be ignored, or stop the process without
/// a message.
/// </summary>
static class FrameworkSettings
{
    static readonly string[] OtlpProtocols = ["grpc", "http/protobuf"];

    /// <exception cref="ConfigurationException">A value is invalid.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (
            var url in (configuration["urls"] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
            CheckUrl(url);
        CheckLevels(configuration.GetSection("Logging"));
        foreach (var signal in new[] { "", "TRACES_" })
        {
            var (endpoint, protocol) = ($"OTEL_EXPORTER_OTLP_{signal}ENDPOINT", $"OTEL_EXPORTER_OTLP_{signal}PROTOCOL");
            ConfigurationException.Require(
                configuration[endpoint] is not { Length: > 0 } address
                    || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"),
                endpoint,
                "must be a URL such as http://localhost:4318"
            );
            ConfigurationException.Require(
                configuration[protocol] is not { Length: > 0 } name || OtlpProtocols.Contains(name),
                protocol,
                "must be grpc or http/protobuf"
            );
        }
    }

    static void CheckUrl(string url)
    {
        const string Rule =
            "It must be a URL without a path, such as http://localhost:8890 or http://*:8080; several are separated by semicolons.";
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"ASPNETCORE_URLS: '{url}' is not an address to listen on. {Rule}", e);
        }

        if (
            address.PathBase.Length > 0
            || address.Port is < 0 or > 65535
            || !(
                address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                || address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)
            )
        )
            throw new ConfigurationException($"ASPNETCORE_URLS: '{url}' is not an address to listen on. {Rule}");
    }

    // Logging:LogLevel:<category>, and Logging:<provider>:LogLevel:<category>.
    static void CheckLevels(IConfigurationSection logging)
    {
        foreach (var section in logging.GetChildren())
        {
            if (!section.Key.Equals("LogLevel", StringComparison.OrdinalIgnoreCase))
            {
                if (section.Value is null && logging.Path == "Logging")
                    CheckLevels(section);
                continue;
            }

            foreach (var level in section.GetChildren().Where(level => level.Value is not null))
            {
                if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
                {
                    throw new ConfigurationException(
                        $"{level.Path.Replace(":", "__", StringComparison.Ordinal)} is '{level.Value}'. "
                            + $"It must be {string.Join(" or ", Enum.GetNames<LogLevel>())}."
                    );
                }
            }
        }
    }
}
