using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FunctionsApp.LocalPostgres;

/// <summary>The server's own note of itself, <c>postmaster.pid</c>.</summary>
/// <param name="Pid">The process that wrote it.</param>
/// <param name="Data">Its data folder.</param>
/// <param name="Started">When it started.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Ready">It accepts connections.</param>
internal sealed record PostmasterPid(int Pid, string Data, DateTimeOffset Started, int Port, bool Ready)
{
    static readonly TimeSpan tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Null when there is no such file or it is not written to its end yet.</summary>
    public static PostmasterPid? Read(string file)
    {
        string[] lines;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            lines = reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return
            lines.Length >= 4
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(lines[2], CultureInfo.InvariantCulture, out var started)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            ? new PostmasterPid(pid, lines[1], DateTimeOffset.FromUnixTimeSeconds(started), port, lines.ElementAtOrDefault(7) == "ready")
            : null;
    }

    /// <summary>False when the process is gone, another program has its number now, or the file came from another folder.</summary>
    public bool IsAliveFor(string data) =>
        SameFolder(Data, data) && (OperatingSystem.IsLinux() ? WasStartedWith(data) : StartedWhenNoted());

    // Linux derives a process's start time from the clock of now, so a clock that was set would make a running server look stopped.
    // A zombie, kept by a container's first process that reaps no orphans, has no arguments.
    bool WasStartedWith(string data)
    {
        try
        {
            return File.ReadAllText($"/proc/{Pid}/cmdline").Split('\0').Contains(data);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    bool StartedWhenNoted()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)
                && (new DateTimeOffset(process.StartTime) - Started).Duration() < tolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // Not there, gone while we looked, or another user's.
            return false;
        }
    }

    static bool SameFolder(string one, string other) =>
        OperatingSystem.IsWindows()
            ? string.Equals(one.Replace('\\', '/'), other.Replace('\\', '/'), StringComparison.OrdinalIgnoreCase)
            : one == other;
}
