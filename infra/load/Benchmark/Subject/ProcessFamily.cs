using System.Globalization;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>
/// The processor time of a process and its children, such as those of a Postgres server, including those that have ended. Linux only.
/// </summary>
sealed class ProcessFamily(int? root)
{
    // USER_HZ, which is 100 on every Linux architecture that .NET supports.
    const double TicksPerSecond = 100;

    // Fields of /proc/PID/stat after the closing parenthesis of the name, which may contain anything.
    const int Parent = 1,
        User = 11,
        System = 12,
        EndedUser = 13,
        EndedSystem = 14;

    /// <summary>The time since the start, in steps of 10 ms per process; null if it cannot be read.</summary>
    public TimeSpan? Time
    {
        get
        {
            if (!OperatingSystem.IsLinux() || root is null)
                return null;
            long ticks = 0;
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (
                    !int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                    || Fields(folder) is not { } fields
                )
                    continue;
                if (process == root)
                    ticks += fields[User] + fields[System] + fields[EndedUser] + fields[EndedSystem];
                else if (fields[Parent] == root)
                    ticks += fields[User] + fields[System];
            }

            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
    }

    // Null if the process has ended in the meantime.
    static long[]? Fields(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            return
            [
                .. text[(text.LastIndexOf(')') + 2)..]
                    .Split(' ')
                    .Take(EndedSystem + 1)
                    .Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out var value) ? value : 0),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
