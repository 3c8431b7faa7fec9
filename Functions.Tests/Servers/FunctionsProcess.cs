using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>The program under test, a server or a command, in a separate process without the settings of this machine.</summary>
public sealed class FunctionsProcess : IAsyncDisposable
{
    const int Terminate = 15;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Besides the sections of settings, such as Accounts__….
    static readonly string[] ForeignSettings = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "OTEL_", "URLS"];

    // The folder of the program, which is a published one in CI: its code is compiled ahead of time, so it starts in half the time.
    static readonly string Program = Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_PROGRAM") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : AppContext.BaseDirectory;

    readonly Process process;
    readonly ConcurrentQueue<string> lines = [],
        results = [];
    readonly ConcurrentDictionary<TaskCompletionSource<string>, Func<string, string?>> listeners = [];
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    FunctionsProcess(Process process) => this.process = process;

    /// <summary>The output so far, from standard output and standard error.</summary>
    public string Output => string.Join('\n', lines);

    /// <summary>The output so far, from standard output only.</summary>
    public string Results => string.Join('\n', results);

    public int Id => process.Id;

    /// <param name="arguments">A command; empty for a server.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="folder">The working directory; by default that of the tests.</param>
    public static FunctionsProcess Start(
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> settings,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Program, "Functions.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        foreach (var foreign in start.Environment.Keys.Where(IsForeign).ToList())
            start.Environment.Remove(foreign);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var process = new FunctionsProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        process.Run();
        return process;
    }

    /// <summary>Runs a command until it exits.</summary>
    /// <inheritdoc cref="Start"/>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> settings
    )
    {
        await using var process = Start(arguments, settings);
        return (await process.EndAsync(TestContext.Current.CancellationToken), process.Output);
    }

    /// <summary>Waits for the first line, including previous ones, in which <paramref name="find"/> finds something.</summary>
    public async Task<string> WaitForLineAsync(Func<string, string?> find, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        listeners[found] = find;
        foreach (var line in lines)
            Offer(found, find, line);
        try
        {
            if (await Task.WhenAny(found.Task, ended.Task).WaitAsync(Timeout, cancellationToken) == ended.Task && !found.Task.IsCompleted)
                throw new InvalidOperationException(
                    $"The process ended with {process.ExitCode} before it printed the expected line:\n{Output}"
                );
            return await found.Task;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process did not print the expected line:\n{Output}");
        }
        finally
        {
            listeners.TryRemove(found, out _);
        }
    }

    /// <summary>Stops the process as an orchestrator does (SIGTERM).</summary>
    public void Stop() => Assert.Equal(0, Kill(process.Id, Terminate));

    /// <summary>Kills the process (SIGKILL).</summary>
    public void Kill() => process.Kill(entireProcessTree: false);

    /// <summary>Waits for the process to exit and for the end of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ended.Task.WaitAsync(Timeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process did not exit:\n{Output}");
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: false);
        await ended.Task;
        // Shown for failed tests.
        TestContext.Current.TestOutputHelper?.WriteLine($"--- process {process.Id}, exit code {process.ExitCode}\n{Output}");
        process.Dispose();
    }

    void Run()
    {
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                results.Enqueue(line.Data);
            Note(line.Data);
        };
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        InheritedDescriptors.KeepFromChildren();
        process.Start();
        var guard = OrphanGuard.OfProcess(process.Id);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // Also waits for the pipes.
        _ = process
            .WaitForExitAsync(CancellationToken.None)
            .ContinueWith(
                _ =>
                {
                    guard?.Dispose();
                    ended.TrySetResult();
                },
                TaskScheduler.Default
            );
    }

    // A variable with a section's name configures the program, whichever modules it has.
    static bool IsForeign(string variable) =>
        variable.Contains("__", StringComparison.Ordinal)
        || variable.Contains(':', StringComparison.Ordinal)
        || ForeignSettings.Any(prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    void Note(string? line)
    {
        if (line is null)
            return;
        lines.Enqueue(line);
        foreach (var (found, find) in listeners)
            Offer(found, find, line);
    }

    static void Offer(TaskCompletionSource<string> found, Func<string, string?> find, string line)
    {
        if (find(line) is { } text)
            found.TrySetResult(text);
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);
}
