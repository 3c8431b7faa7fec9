using System.Diagnostics;

namespace FunctionsApp.LocalPostgres;

/// <param name="ExitCode">0 means success.</param>
/// <param name="Output">Standard output, followed by standard error.</param>
internal sealed record ProgramResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;

    public string LastLines(int count) => string.Join('\n', Output.Trim().Split('\n').TakeLast(count).Select(line => line.TrimEnd('\r')));
}

/// <summary>A program that runs to completion, in English, without a terminal and without the user's <c>PG*</c> variables.</summary>
internal sealed record ChildProgram(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>By default the root of the file system: the server's account may not have access to this process's folder.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Runs the program. Cancellation kills it and its child processes.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The file cannot be executed.</exception>
    public async Task<ProgramResult> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        InheritedDescriptors.KeepFromChildren();
        using var process = Process.Start(StartInfo())!;
        process.StandardInput.Close();
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

        // On Windows the server inherits these pipes from pg_ctl, so they may stay open for hours after pg_ctl has ended.
        var ended = Task.WhenAll(output, error);
        await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        return new ProgramResult(process.ExitCode, ended.IsCompletedSuccessfully ? output.Result + error.Result : "");
    }

    ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(File, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
            WorkingDirectory = WorkingFolder ?? Path.GetPathRoot(AppContext.BaseDirectory),
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
