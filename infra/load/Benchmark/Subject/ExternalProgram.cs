using System.ComponentModel;
using System.Diagnostics;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>Runs a program to completion and returns its output.</summary>
sealed class ExternalProgram(string file, IReadOnlyList<string> arguments)
{
    public Dictionary<string, string> Environment { get; init; } = [];

    public static string? OnPath(string name) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => In(folder, name))
            .FirstOrDefault(found => found is not null);

    public static string? In(string folder, string name)
    {
        var path = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(path) ? path : null;
    }

    /// <returns>Standard output, followed by standard error.</returns>
    /// <exception cref="BenchmarkException">It cannot be run, or its exit code is not 0.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        var text = await output + await error;
        return process.ExitCode == 0
            ? text
            : throw new BenchmarkException($"{Path.GetFileName(file)} exited with code {process.ExitCode}: {text.Trim()}");
    }

    static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BenchmarkException($"{start.FileName} does not run: {e.Message}", e);
        }
    }
}
