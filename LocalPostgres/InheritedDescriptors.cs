using System.Globalization;
using System.Runtime.InteropServices;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// The open files that this process was itself started with, such as a lock of the shell that started it. .NET keeps its own files from
/// children, but not those: a server that outlives this process would hold them for as long as it runs.
/// </summary>
internal static partial class InheritedDescriptors
{
    const int SetFlags = 2,
        CloseOnExec = 1,
        LastStandard = 2;

    static readonly Lazy<bool> kept = new(Keep);

    /// <summary>From now on no child gets them. Linux only: elsewhere they are passed on.</summary>
    public static void KeepFromChildren() => _ = kept.Value;

    static bool Keep()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            // One that is closed by now, such as that of this enumeration, is an error without meaning.
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var descriptor) && descriptor > LastStandard)
                _ = Control(descriptor, SetFlags, CloseOnExec);
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
