using System.Globalization;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>The processor time of a Postgres server: of all its processes, those that have ended too. Linux only.</summary>
sealed class DatabaseProcessor(int? postmaster)
{
    // USER_HZ, which Linux shows to programs as 100 on every architecture that .NET runs on.
    const double TicksPerSecond = 100;

    // Fields of /proc/PID/stat after the name, which may contain anything, and its parenthesis.
    const int Parent = 1,
        User = 11,
        System = 12,
        EndedUser = 13,
        EndedSystem = 14;

    /// <summary>Since the start of the server, in steps of 10 ms for each of its processes; null where it cannot be read.</summary>
    public TimeSpan? Time
    {
        get
        {
            if (!OperatingSystem.IsLinux() || postmaster is null)
                return null;
            long ticks = 0;
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (
                    !int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                    || Fields(folder) is not { } fields
                )
                    continue;
                if (process == postmaster)
                    ticks += fields[User] + fields[System] + fields[EndedUser] + fields[EndedSystem];
                else if (fields[Parent] == postmaster)
                    ticks += fields[User] + fields[System];
            }

            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
    }

    // Null when the process has ended meanwhile.
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
