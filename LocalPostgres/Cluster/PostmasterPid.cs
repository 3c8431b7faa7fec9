using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FunctionsApp.LocalPostgres;

/// <summary>The content of the server's <c>postmaster.pid</c>.</summary>
/// <param name="Pid">The server's process id.</param>
/// <param name="Data">The data folder.</param>
/// <param name="Started">The time of the start.</param>
/// <param name="Port">The port on which it listens.</param>
/// <param name="Ready">Whether it accepts connections.</param>
internal sealed record PostmasterPid(int Pid, string Data, DateTimeOffset Started, int Port, bool Ready)
{
    static readonly TimeSpan tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Null if the file does not exist or is not complete yet.</summary>
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

    /// <summary>False if the process has ended, its id was reused, or the file was copied from another folder.</summary>
    public bool IsAliveFor(string data) =>
        SameFolder(Data, data) && (OperatingSystem.IsLinux() ? HasArgument(data) : HasRecordedStartTime());

    // Linux derives the start time of a process from the current clock, so after a clock change a running server would seem to have ended.
    // A zombie, which remains if a container's first process does not reap orphans, has no arguments.
    bool HasArgument(string data)
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

    bool HasRecordedStartTime()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)
                && (new DateTimeOffset(process.StartTime) - Started).Duration() < tolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It does not exist, has ended during the check, or belongs to another user.
            return false;
        }
    }

    static bool SameFolder(string one, string other) =>
        OperatingSystem.IsWindows()
            ? string.Equals(one.Replace('\\', '/'), other.Replace('\\', '/'), StringComparison.OrdinalIgnoreCase)
            : one == other;
}
