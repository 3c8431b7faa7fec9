using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Handles SIGTERM and SIGINT from the very start, before there is a host that handles them. After a signal, the process exits within
/// <see cref="GracePeriod"/>, gracefully if possible. A second SIGINT ends it immediately.
/// </summary>
sealed class StopSignals : IDisposable
{
    // Shutdown__TimeoutSeconds (25 s by default) cancels what is still running; this is for what does not react to that. Together they stay
    // below the 30 s after which Kubernetes kills the process.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource stop = new();
    readonly ManualResetEventSlim ended = new();
    readonly PosixSignalRegistration[] registrations;
    int watching;

    StopSignals() =>
        registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        ];

    /// <summary>Canceled by the first signal.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>How long the shutdown may take: <c>Shutdown__TimeoutSeconds</c>.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Gives the process <see cref="GracePeriod"/> to exit.</summary>
    public void StartGracePeriod()
    {
        if (Interlocked.Exchange(ref watching, 1) != 0)
            return;
        // A dedicated thread: all threads of the pool may be stuck, which may be why the shutdown takes so long.
        new Thread(Watch) { IsBackground = true, Name = "Grace period" }.Start();
    }

    /// <summary>Runs a server. A signal during startup stops it like any other.</summary>
    public static async Task RunAsync(Func<StopSignals, Task> serve)
    {
        using var signals = new StopSignals();
        try
        {
            await serve(signals);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // Everything that was started has been stopped by now.
        }
    }

    public void Dispose()
    {
        ended.Set();
        foreach (var registration in registrations)
            registration.Dispose();
    }

    void Handle(PosixSignalContext context)
    {
        if (context.Signal == PosixSignal.SIGINT && stop.IsCancellationRequested)
            Environment.Exit(130);
        context.Cancel = true;
        StartGracePeriod();
        stop.Cancel();
    }

    void Watch()
    {
        if (ended.Wait(GracePeriod + Margin))
            return;
        // Writing to the console and exit handlers may hang too.
        new Thread(Exit) { IsBackground = true, Name = "Forced exit" }.Start();
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Process.GetCurrentProcess().Kill();
    }

    void Exit()
    {
        Console.Error.WriteLine(
            $"error: The process did not stop within {GracePeriod.TotalSeconds:0} s (Shutdown__TimeoutSeconds) and is terminated."
        );
        Environment.Exit(1);
    }
}
