using System.Diagnostics;
using System.Net;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>A running <see cref="Peer"/>, on a free loopback port.</summary>
sealed class PeerProcess : IAsyncDisposable
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    readonly Process process;
    readonly ProcessFamily family;

    PeerProcess(ProcessStartInfo start, IPEndPoint address)
    {
        Address = address;
        process = Process.Start(start)!;
        family = new(process.Id);
        // So that it never waits for a reader.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IPEndPoint Address { get; }

    /// <summary>Of all of its processes.</summary>
    public TimeSpan ProcessorTime => family.Time ?? process.TotalProcessorTime;

    /// <summary>Starts a built peer and waits until it answers.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="secret">The key of its tokens.</param>
    /// <param name="probe">The request that must get 200.</param>
    /// <exception cref="BenchmarkException">It has exited, or does not answer within a minute.</exception>
    public static async Task<PeerProcess> StartAsync(
        IReadOnlyList<string> command,
        string folder,
        string secret,
        string connectionString,
        byte[] probe,
        CancellationToken cancellationToken
    )
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in Peer.Settings(address.Port, secret, connectionString))
            start.Environment[name] = value;
        var peer = new PeerProcess(start, address);
        try
        {
            await peer.ReadyAsync(probe, cancellationToken);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    async Task ReadyAsync(byte[] probe, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!HttpConnection.Returns200(Address, probe))
        {
            if (process.HasExited)
                throw new BenchmarkException($"it exited with code {process.ExitCode}");
            if (Stopwatch.GetElapsedTime(since) > Timeout)
                throw new BenchmarkException($"it does not return 200 after {Timeout.TotalSeconds} s");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
