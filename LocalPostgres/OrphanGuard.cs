using System.Diagnostics;
using System.Globalization;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// A process that waits for the end of this one, however that comes, and then removes what this one left running: a SIGKILL leaves no time
/// to do it oneself. It has a session of its own, so that Ctrl+C in a terminal does not end it too. Not on Windows.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // A line says that nothing is left to do; the end of the input, that the process that would write it is gone.
    const string Wait = """
        trap '' INT TERM HUP QUIT
        exec >/dev/null 2>&1
        read -r line && exit 0

        """;

    // As Postgres's immediate shutdown. Not another process that has been given the id of a server that ended.
    const string StopPostgres = """
        attempt=0
        while [ -d "$1" ] && [ -z "$(find "$1" -name postmaster.pid)" ] && [ $attempt -lt 10 ]; do sleep 0.1; attempt=$((attempt + 1)); done
        find "$1" -name postmaster.pid | while read -r file; do
          pid=$(head -n 1 "$file")
          [ ! -d /proc/self ] || tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF "${file%/postmaster.pid}" || continue
          kill -QUIT "$pid"
          attempt=0
          while kill -0 "$pid" && [ $attempt -lt 100 ]; do sleep 0.1; attempt=$((attempt + 1)); done
        done
        rm -rf "$1"
        """;

    // A server may have a Postgres of its own to stop first.
    const string StopProcess = """
        kill -TERM "$1"
        attempt=0
        while kill -0 "$1" && [ $attempt -lt 100 ]; do sleep 0.1; attempt=$((attempt + 1)); done
        kill -KILL "$1"
        """;

    readonly Process process;

    OrphanGuard(Process process) => this.process = process;

    /// <summary>Stops every Postgres whose data is below a folder, and deletes the folder.</summary>
    public static OrphanGuard? OfFolder(string folder) => Start(StopPostgres, folder);

    /// <summary>Stops a process: SIGTERM, and SIGKILL after ten seconds.</summary>
    public static OrphanGuard? OfProcess(int id) => Start(StopProcess, id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Nothing is left to guard.</summary>
    public void Dispose()
    {
        try
        {
            process.StandardInput.Write('\n');
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The guard was ended from outside.
        }

        process.Dispose();
    }

    /// <summary>As the end of this process would.</summary>
    internal void Abandon() => process.StandardInput.Close();

    static OrphanGuard? Start(string script, string argument)
    {
        if (OperatingSystem.IsWindows())
            return null;
        InheritedDescriptors.KeepFromChildren();
        string[] command = ["/bin/sh", "-c", Wait + script, "guard", argument];
        if (SearchPath.Find("setsid", SearchPath.Folders) is { } setsid)
            command = [setsid, .. command];
        return new OrphanGuard(
            Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, WorkingDirectory = "/" })!
        );
    }
}
