using System.Diagnostics;
using System.Globalization;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// A process that waits for this one to end, for whatever reason, and then stops what this one left running: after SIGKILL a process cannot
/// clean up itself. It runs in its own session, so that Ctrl+C in a terminal does not stop it too. Not on Windows.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // A line of input means that nothing is left to do; the end of the input means that the process has ended.
    const string Wait = """
        trap '' INT TERM HUP QUIT
        exec >/dev/null 2>&1
        read -r line && exit 0

        """;

    // Postgres's immediate shutdown. Checks that the process id has not been reused.
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

    // A server may need time to stop its own Postgres first.
    const string StopProcess = """
        kill -TERM "$1"
        attempt=0
        while kill -0 "$1" && [ $attempt -lt 100 ]; do sleep 0.1; attempt=$((attempt + 1)); done
        kill -KILL "$1"
        """;

    readonly Process process;

    OrphanGuard(Process process) => this.process = process;

    /// <summary>Stops every Postgres with data below a folder, and deletes the folder.</summary>
    public static OrphanGuard? OfFolder(string folder) => Start(StopPostgres, folder);

    /// <summary>Stops a process with SIGTERM, and with SIGKILL after ten seconds.</summary>
    public static OrphanGuard? OfProcess(int id) => Start(StopProcess, id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the guard: there is nothing left to stop.</summary>
    public void Dispose()
    {
        try
        {
            process.StandardInput.Write('\n');
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The guard was killed.
        }

        process.Dispose();
    }

    /// <summary>Triggers the guard as the end of this process would.</summary>
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
