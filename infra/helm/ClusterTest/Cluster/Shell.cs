using System.Diagnostics;

namespace FunctionsApp.ClusterTest.Cluster;

/// <summary>Runs programs such as kubectl, helm and vegeta, which are on PATH.</summary>
public static class Shell
{
    /// <summary>Runs a program and returns its standard output.</summary>
    /// <exception cref="ClusterTestException">It returned another exit code than 0, or did not end in time.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, TimeSpan? timeout = null)
    {
        var (code, output, error) = await TryAsync(program, arguments, timeout);
        return code == 0
            ? output
            : throw new ClusterTestException($"{program} {string.Join(' ', arguments)} returned {code}: {error.Trim()} {output.Trim()}");
    }

    /// <summary>Runs a program and returns its exit code, standard output and standard error.</summary>
    /// <exception cref="ClusterTestException">It did not end in time.</exception>
    public static async Task<(int Code, string Output, string Error)> TryAsync(
        string program,
        IEnumerable<string> arguments,
        TimeSpan? timeout = null
    )
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(timeout ?? TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new ClusterTestException($"{program} {string.Join(' ', arguments)} did not end in time.");
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program with redirected streams. The caller ends it.</summary>
    public static Process Start(string program, IEnumerable<string> arguments) =>
        Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;

    /// <summary>Sends a signal, such as <c>INT</c> or <c>KILL</c>, to a process.</summary>
    public static Task SignalAsync(string signal, int pid) => RunAsync("kill", [$"-{signal}", $"{pid}"]);
}
