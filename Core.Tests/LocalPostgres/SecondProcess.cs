using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Core.Tests.LocalPostgres;

/// <summary>A second instance of this test program that uses the Postgres of a folder.</summary>
sealed class SecondProcess : IAsyncDisposable
{
    const string pipeVariable = "FUNCTIONSAPP_TEST_PIPE";
    const string folderVariable = "FUNCTIONSAPP_TEST_FOLDER";
    readonly Process process;
    readonly NamedPipeServerStream pipe;
    readonly StreamReader reader;

    SecondProcess(Process process, NamedPipeServerStream pipe) =>
        (this.process, this.pipe, reader) = (process, pipe, new StreamReader(pipe));

    /// <param name="folder">Null for a temporary Postgres.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="heldOpen">A file that the process inherits as an open descriptor, as from a shell that holds a lock.</param>
    /// <param name="underShell">Starts it as the child of a shell, which is killed instead of it. It watches that shell as it would watch
    /// <c>dotnet test</c>.</param>
    public static async Task<SecondProcess> StartAsync(
        string? folder,
        CancellationToken cancellationToken,
        string? heldOpen = null,
        bool underShell = false
    )
    {
        var name = $"functionsapp-{Guid.NewGuid():N}";
        var pipe = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        string[] command =
        [
            Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Core.Tests.exe" : "Core.Tests"),
            "-method",
            $"{typeof(SecondProcessRole).FullName}.{nameof(SecondProcessRole.Use_a_local_postgres)}",
            "-explicit",
            "only",
        ];
        if (heldOpen is not null)
            command = ["/bin/sh", "-c", "exec 9<\"$0\"; exec \"$@\"", heldOpen, .. command];
        if (underShell)
            command = ["/bin/sh", "-c", "\"$@\" & wait", "sh", .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[pipeVariable] = name;
        start.Environment[folderVariable] = folder;
        if (underShell)
            start.Environment[ParentWatch.Variable] = "true";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        await pipe.WaitForConnectionAsync(cancellationToken);
        return new SecondProcess(process, pipe);
    }

    /// <summary>Waits for a log line with a prefix, or for "use " and the connection string.</summary>
    public async Task<string> WaitForLineAsync(string prefix, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
                return line[prefix.Length..];
        }

        throw new InvalidOperationException($"The second process ended before it printed '{prefix}'.");
    }

    /// <summary>Kills the process as SIGKILL or a power failure would.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Whether child processes inherit from this process that the signal is ignored.</summary>
    public static bool Ignores(int signal)
    {
        const string Mask = "SigIgn:";
        if (!OperatingSystem.IsLinux())
            return false;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Mask, StringComparison.Ordinal));
        return (Convert.ToUInt64(line[Mask.Length..].Trim(), 16) & (1UL << (signal - 1))) != 0;
    }

    /// <summary>Sends a signal, as a shell or an orchestrator does.</summary>
    public async Task SignalAsync(int signal, CancellationToken cancellationToken)
    {
        Assert.Equal(0, Send(process.Id, signal));
        await process.WaitForExitAsync(cancellationToken);
    }

    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await pipe.WriteAsync("leave\n"u8.ToArray(), cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
        await pipe.DisposeAsync();
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Send(int process, int signal);

    /// <summary>The main method of the second process.</summary>
    public static async Task ActAsync(CancellationToken cancellationToken)
    {
        await using var pipe = new NamedPipeClientStream(
            ".",
            Environment.GetEnvironmentVariable(pipeVariable)!,
            PipeDirection.InOut,
            PipeOptions.Asynchronous
        );
        await pipe.ConnectAsync(cancellationToken);
        using var reader = new StreamReader(pipe);
        await using var writer = new StreamWriter(pipe) { AutoFlush = true };
        var log = new LogLines(writer.WriteLine);
        await using var postgres = Environment.GetEnvironmentVariable(folderVariable) is { Length: > 0 } folder
            ? await LocalPostgresServer.StartAsync(new LocalPostgresOptions { Folder = folder, Durable = false }, log, cancellationToken)
            : await LocalPostgresServer.StartTemporaryAsync(PostgresSource.Any, log, cancellationToken);
        await writer.WriteLineAsync($"use {postgres.ConnectionString}");
        await reader.ReadLineAsync(cancellationToken);
    }
}

public sealed class SecondProcessRole
{
    [Fact(Explicit = true)]
    public Task Use_a_local_postgres() => SecondProcess.ActAsync(TestContext.Current.CancellationToken);
}
