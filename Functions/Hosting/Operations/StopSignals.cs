using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// SIGTERM and SIGINT from the first moment on, before there is a host that listens for them. After one the process ends within
/// <see cref="GracePeriod"/>: in good order where it can, else without. A second SIGINT ends it at once.
/// </summary>
sealed class StopSignals : IDisposable
{
    // Shutdown__TimeoutSeconds ends what runs; this is for what does not even end then. Below the 30 s after which Kubernetes kills, with
    // the default of 25 s.
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

    /// <summary>How long a stop may take: <c>Shutdown__TimeoutSeconds</c>.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>From now on the process has <see cref="GracePeriod"/> to end.</summary>
    public void BeginGracePeriod()
    {
        if (Interlocked.Exchange(ref watching, 1) != 0)
            return;
        // A thread of its own: the pool's may all be stuck, which may be why the stop takes so long.
        new Thread(Watch) { IsBackground = true, Name = "Grace period" }.Start();
    }

    /// <summary>Runs a server. A signal before it is up is a stop like any other.</summary>
    public static async Task RunAsync(Func<StopSignals, Task> serve)
    {
        using var signals = new StopSignals();
        try
        {
            await serve(signals);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // What was started has been stopped on the way here.
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
        BeginGracePeriod();
        stop.Cancel();
    }

    void Watch()
    {
        if (ended.Wait(GracePeriod + Margin))
            return;
        // Writing, and what runs at an exit, may hang too.
        new Thread(Exit) { IsBackground = true, Name = "Forced exit" }.Start();
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Process.GetCurrentProcess().Kill();
    }

    void Exit()
    {
        Console.Error.WriteLine(
            $"error: The process did not stop within {GracePeriod.TotalSeconds:0} s (Shutdown__TimeoutSeconds) and ends now."
        );
        Environment.Exit(1);
    }
}
