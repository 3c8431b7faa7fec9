using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>One run of the published server, on a loopback port of its own.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    const int KeptLines = 20;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // What would configure the server from outside is left out; DOTNET_* settings of the runtime stay, to be tried.
    static readonly string[] Configuring =
    [
        "ASPNETCORE_",
        "ConnectionStrings__",
        "Accounts__",
        "Database__",
        "Local__",
        "Http__",
        "Logging__",
        "OTEL_",
        "DOTNET_ENVIRONMENT",
    ];

    readonly Process process;
    readonly long startedAt;
    readonly ConcurrentQueue<string> lastLines = [];

    ServerProcess(ProcessStartInfo start, IPEndPoint address)
    {
        Address = address;
        startedAt = Stopwatch.GetTimestamp();
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IPEndPoint Address { get; }

    /// <summary>In bytes, as the system counts it.</summary>
    public long ResidentMemory
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Of all its threads, since the start.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <param name="settings">Environment variables that configure it.</param>
    public static ServerProcess Start(Publication publication, IReadOnlyDictionary<string, string> settings)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort.Any());
        var start = new ProcessStartInfo(publication.Program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = publication.Folder,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name => Configuring.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                .ToList()
        )
            start.Environment.Remove(name);
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = $"http://{address}";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return new(start, address);
    }

    /// <summary>Asks <c>/readyz</c> again and again.</summary>
    /// <returns>The time from the start of the process to the first 200.</returns>
    /// <exception cref="BenchmarkException">It ended or is not ready after a minute.</exception>
    public async Task<TimeSpan> ReadyAsync(CancellationToken cancellationToken)
    {
        var request = HttpText.Get("/readyz");
        while (!IsReady(request))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (process.HasExited)
                throw new BenchmarkException($"The server ended with code {process.ExitCode}: {string.Join('\n', lastLines)}");
            if (Stopwatch.GetElapsedTime(startedAt) > Timeout)
                throw new BenchmarkException($"The server is not ready after {Timeout.TotalSeconds} s: {string.Join('\n', lastLines)}");
            await Task.Delay(1, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(startedAt);
    }

    /// <summary>Ends it at once: it has nothing to lose.</summary>
    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    bool IsReady(byte[] request)
    {
        try
        {
            using var connection = new HttpConnection(Address);
            return connection.Send(request) == 200;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    void Keep(string? line)
    {
        if (line is null)
            return;
        lastLines.Enqueue(line);
        if (lastLines.Count > KeptLines)
            lastLines.TryDequeue(out _);
    }
}
