using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>
/// A proxy between a server and its database that breaks and silences connections: <c>toxiproxy-server</c>, from PATH or
/// <c>../shared/bin</c>.
/// </summary>
sealed class Toxiproxy : IAsyncDisposable
{
    const string Program = "toxiproxy-server";

    readonly Process process;
    readonly HttpClient http;

    Toxiproxy(Process process, HttpClient http) => (this.process, this.http) = (process, http);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts a proxy, or skips the test if the program is not installed.</summary>
    public static async Task<Toxiproxy> StartAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM and no SIGSTOP.");
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append(Path.Combine(Repository.Root, "..", "shared", "bin"));
        var program = folders.Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"There is no {Program} on PATH (github.com/Shopify/toxiproxy).");
        var port = FreePort();
        var start = new ProcessStartInfo(program!, ["-host", "127.0.0.1", "-port", $"{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LOG_LEVEL"] = "error";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var proxy = new Toxiproxy(process, new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) });
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 1000 && !process.HasExited; i++)
        {
            try
            {
                (await proxy.http.GetAsync(new Uri("/version", UriKind.Relative), Cancel)).EnsureSuccessStatusCode();
                return proxy;
            }
            catch (HttpRequestException)
            {
                await timer.WaitForNextTickAsync(Cancel);
            }
        }

        await proxy.DisposeAsync();
        throw new InvalidOperationException($"{Program} did not start.");
    }

    /// <summary>Adds a proxy for a database.</summary>
    /// <returns>The connection string through the proxy.</returns>
    public async Task<string> AddAsync(string name, string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var port = FreePort();
        await PostAsync(
            "/proxies",
            new
            {
                name,
                listen = $"127.0.0.1:{port}",
                upstream = $"{settings.Host}:{settings.Port}",
                enabled = true,
            }
        );
        (settings.Host, settings.Port) = ("127.0.0.1", port);
        return settings.ConnectionString;
    }

    /// <summary>Drops all data while connections stay open.</summary>
    public async Task SilenceAsync(string name)
    {
        foreach (var stream in new[] { "upstream", "downstream" })
        {
            await PostAsync(
                $"/proxies/{name}/toxics",
                new
                {
                    name = stream,
                    type = "timeout",
                    stream,
                    attributes = new { timeout = 0 },
                }
            );
        }
    }

    /// <summary>Forwards data again.</summary>
    public async Task RestoreAsync(string name)
    {
        foreach (var stream in new[] { "upstream", "downstream" })
        {
            (await http.DeleteAsync(new Uri($"/proxies/{name}/toxics/{stream}", UriKind.Relative), Cancel)).EnsureSuccessStatusCode();
        }
    }

    /// <summary>Breaks each connection after the database has sent a number of bytes, until the returned value is disposed.</summary>
    public async Task<IAsyncDisposable> CutAfterAsync(string name, int bytes)
    {
        await PostAsync(
            $"/proxies/{name}/toxics",
            new
            {
                name = "cut",
                type = "limit_data",
                stream = "downstream",
                attributes = new { bytes },
            }
        );
        return new Toxic(async () =>
            (await http.DeleteAsync(new Uri($"/proxies/{name}/toxics/cut", UriKind.Relative), Cancel)).EnsureSuccessStatusCode()
        );
    }

    /// <summary>Breaks all connections immediately.</summary>
    public async Task CutAsync(string name)
    {
        await PostAsync($"/proxies/{name}", new { enabled = false });
        await PostAsync($"/proxies/{name}", new { enabled = true });
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    /// <summary>A port of 127.0.0.1 on which nothing listens at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    async Task PostAsync(string path, object body)
    {
        using var content = JsonContent.Create(body, body.GetType());
        // toxiproxy does not read bodies without a length.
        await content.LoadIntoBufferAsync(Cancel);
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content, Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {await response.Content.ReadAsStringAsync(Cancel)}");
    }

    sealed class Toxic(Func<Task> remove) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => new(remove());
    }
}
