using System.Globalization;
using System.Runtime.InteropServices;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// The open files that this process inherited, such as a lock of the shell that started it. Child processes do not inherit .NET's own
/// files, but they inherit these: a server that outlives this process would keep them open.
/// </summary>
internal static partial class InheritedDescriptors
{
    const int SetFlags = 2,
        CloseOnExec = 1,
        LastStandard = 2;

    static readonly Lazy<bool> kept = new(Keep);

    /// <summary>Prevents children from inheriting them. Linux only.</summary>
    public static void KeepFromChildren() => _ = kept.Value;

    static bool Keep()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            // The failure for a descriptor that is closed by now, such as that of this enumeration, is harmless.
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var descriptor) && descriptor > LastStandard)
                _ = Control(descriptor, SetFlags, CloseOnExec);
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
