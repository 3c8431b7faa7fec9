using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>A process of the published server, on a free loopback port.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    const int KeptLines = 20;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Configure the server, besides the sections of settings, such as Accounts__…. The runtime's DOTNET_* settings stay.
    static readonly string[] Configuring = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "OTEL_", "URLS"];

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

    public int Id => process.Id;

    /// <summary>Resident memory in bytes, as reported by the system.</summary>
    public long ResidentMemory
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>The processor time of all threads since the start.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <param name="settings">Environment variables that configure it.</param>
    /// <param name="launcher">A program with arguments that replaces itself with the program after them, or null.</param>
    /// <param name="address">The address of an earlier process, to take its place; null for a free port.</param>
    public static ServerProcess Start(
        Publication publication,
        IReadOnlyDictionary<string, string> settings,
        IReadOnlyList<string>? launcher = null,
        IPEndPoint? address = null
    )
    {
        address ??= new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        string[] command = [.. launcher ?? [], publication.Program];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = publication.Folder,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = $"http://{address}";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return new(start, address);
    }

    // A variable with a section's name configures the server, whichever modules it has.
    static bool IsSetting(string variable) =>
        variable.Contains("__", StringComparison.Ordinal)
        || variable.Contains(':', StringComparison.Ordinal)
        || Configuring.Any(prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Polls <c>/readyz</c> until it returns 200.</summary>
    /// <returns>The time from the start of the process to the first 200.</returns>
    /// <exception cref="BenchmarkException">The process has exited, or is not ready within a minute.</exception>
    public async Task<TimeSpan> ReadyAsync(CancellationToken cancellationToken)
    {
        var request = HttpText.Get("/readyz");
        while (!HttpConnection.Returns200(Address, request))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (process.HasExited)
                throw new BenchmarkException($"The server exited with code {process.ExitCode}: {string.Join('\n', lastLines)}");
            if (Stopwatch.GetElapsedTime(startedAt) > Timeout)
                throw new BenchmarkException($"The server is not ready after {Timeout.TotalSeconds} s: {string.Join('\n', lastLines)}");
            await Task.Delay(1, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(startedAt);
    }

    /// <summary>Kills the process, which has nothing to lose.</summary>
    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
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
