namespace FunctionsApp.Functions.Hosting;

/// <summary>The addresses on which the server listens: <c>ASPNETCORE_URLS</c>, or all addresses of <c>ASPNETCORE_HTTP_PORTS</c>.</summary>
static class ListenUrls
{
    const string Default = "http://localhost:8890";

    /// <summary>The configured addresses, or the default one.</summary>
    public static IEnumerable<string> Of(IConfiguration configuration)
    {
        string[] ports = [.. Ports("http"), .. Ports("https")];
        return configuration["urls"] is { Length: > 0 } configured ? Split(configured)
            : ports.Length > 0 ? ports
            : [Default];

        string[] Ports(string scheme) => [.. Split(configuration[$"{scheme}_ports"] ?? "").Select(port => $"{scheme}://*:{port}")];

        static string[] Split(string list) => list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The URL by which a client on this machine reaches the server, without a slash at the end.</summary>
    /// <exception cref="FormatException"><paramref name="url"/> is not an address to listen on.</exception>
    public static string ForClient(string url)
    {
        var address = BindingAddress.Parse(url);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}";
    }
}
