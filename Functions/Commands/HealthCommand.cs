using System.Net;
using System.Net.Sockets;
using FunctionsApp.Core;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Commands;

/// <summary>
/// Asks the server that runs on this machine for <c>/healthz</c>: the health check of a container without a shell. It runs every few
/// seconds, so it loads neither modules nor services, and runs before the command line is parsed.
/// </summary>
static class HealthCommand
{
    public const string Name = "health";

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Whether these are the arguments of this command, without options, which need the parser.</summary>
    public static bool IsMatch(string[] args) => args is [Name] || (args is [Name, var url] && !url.StartsWith('-'));

    /// <param name="url">The URL to request; null for the address that the server is configured to listen on.</param>
    /// <exception cref="UnhealthyException">The server does not respond in time, or not with 200.</exception>
    /// <exception cref="ConfigurationException">The address is not a URL.</exception>
    public static async Task RunAsync(string? url, CancellationToken cancellationToken)
    {
        var address = AddressOf(url ?? ConfiguredUrl());
        // The server's certificate need not be valid for localhost.
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => address.IsLoopback },
        };
        using var client = new HttpClient(handler) { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(address, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new UnhealthyException($"{address} returned {(int)response.StatusCode}, not 200.{await DetailAsync(response)}");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            throw new UnhealthyException($"{address} cannot be requested: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnhealthyException($"{address} did not respond within {Timeout.TotalSeconds:0} s.", e);
        }
    }

    static Uri AddressOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new ConfigurationException($"'{url}' is not a URL such as http://localhost:8890{HostJson.RoutePrefix}{Health.Path}.");

    // The sources of the server's configuration that may contain its address, in the same order.
    static string ConfiguredUrl()
    {
        var configuration = new ConfigurationBuilder();
        configuration.AddLocalSettings();
        configuration.AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables();
        var url = ListenUrls.Of(configuration.Build()).First();
        try
        {
            return $"{ListenUrls.ForClient(url)}{HostJson.RoutePrefix}{Health.Path}";
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"ASPNETCORE_URLS: '{url}' is not an address to listen on.", e);
        }
    }

    // The reason in a problem document.
    static async Task<string> DetailAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        try
        {
            using var problem = System.Text.Json.JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("detail", out var detail) ? $" {detail.GetString()}" : "";
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>The server is not healthy. The message contains the URL and the reason.</summary>
    public sealed class UnhealthyException(string message, Exception? inner = null) : Exception(message, inner);
}
