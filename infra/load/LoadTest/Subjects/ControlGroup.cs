using System.Globalization;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>A control group of Linux, version 1 or 2, which limits processes as Kubernetes limits a pod.</summary>
sealed class ControlGroup : IDisposable
{
    const int PeriodMicroseconds = 100_000;

    const double MicrosecondsPerSecond = 1e6,
        NanosecondsPerSecond = 1e9;

    readonly bool unified;
    readonly string processors,
        accounting,
        memory;

    ControlGroup(bool unified, string processors, string accounting, string memory) =>
        (this.unified, this.processors, this.accounting, this.memory) = (unified, processors, accounting, memory);

    /// <summary>Creates a group.</summary>
    /// <param name="problem">Why there is none.</param>
    /// <returns>Null if that is not permitted or not supported here.</returns>
    public static ControlGroup? TryCreate(Limits limits, out string? problem)
    {
        problem = null;
        if (!OperatingSystem.IsLinux())
        {
            problem = "only Linux has control groups";
            return null;
        }

        ControlGroup? group = null;
        try
        {
            group = Locate(
                File.ReadAllLines("/proc/mounts"),
                File.ReadAllLines("/proc/self/cgroup"),
                $"functionsapp-load-{Environment.ProcessId}"
            );
            if (group is null)
            {
                problem = "no control groups with the controllers cpu and memory are mounted";
                return null;
            }

            group.Create(limits);
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            group?.Dispose();
            problem = e.Message;
            return null;
        }
    }

    /// <summary>The group with a name, which need not exist, or null if the controllers are not mounted.</summary>
    /// <param name="mounts">Lines of /proc/mounts.</param>
    /// <param name="own">Lines of /proc/self/cgroup.</param>
    public static ControlGroup? Locate(IReadOnlyList<string> mounts, IReadOnlyList<string> own, string name)
    {
        var mounted = mounts.Select(line => line.Split(' ')).Where(fields => fields.Length >= 4).ToArray();
        string? Version1(string controller)
        {
            var mount = mounted.FirstOrDefault(fields => fields[2] == "cgroup" && fields[3].Split(',').Contains(controller));
            var path = own.Select(line => line.Split(':', 3)).FirstOrDefault(fields => fields[1].Split(',').Contains(controller));
            return mount is null || path is null ? null : Path.Combine(mount[1] + path[2].TrimEnd('/'), name);
        }

        if (Version1("cpu") is { } processors && Version1("cpuacct") is { } accounting && Version1("memory") is { } memory)
            return new(unified: false, processors, accounting, memory);
        // Directly below the root, because a group that has processes cannot delegate controllers.
        if (mounted.FirstOrDefault(fields => fields[2] == "cgroup2") is { } all && !mounted.Any(fields => fields[2] == "cgroup"))
        {
            var folder = Path.Combine(all[1], name);
            return new(unified: true, folder, folder, folder);
        }

        return null;
    }

    /// <summary>The group of a container that something else started on this machine; null if there is none.</summary>
    /// <param name="id">The container's, which is part of the name of its group.</param>
    public static ControlGroup? OfContainer(string id)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        var mounted = File.ReadAllLines("/proc/mounts").Select(line => line.Split(' ')).Where(fields => fields.Length >= 4).ToArray();
        string? Folder(Func<string[], bool> holds) =>
            mounted.FirstOrDefault(holds) is { } mount
                ? Directory.EnumerateDirectories(mount[1], $"*{id}*", everywhere).FirstOrDefault()
                : null;
        string? Version1(string controller) => Folder(fields => fields[2] == "cgroup" && fields[3].Split(',').Contains(controller));
        if (Version1("cpu") is { } processors && Version1("cpuacct") is { } accounting && Version1("memory") is { } memory)
            return new(unified: false, processors, accounting, memory);
        return Folder(fields => fields[2] == "cgroup2") is { } folder ? new(unified: true, folder, folder, folder) : null;
    }

    /// <summary>The folders, for example for messages.</summary>
    public IReadOnlyList<string> Folders => [.. new[] { processors, accounting, memory }.Distinct()];

    /// <summary>The arguments that start a program in this group.</summary>
    public IReadOnlyList<string> Launcher =>
        ["/bin/sh", "-c", string.Concat(Folders.Select(folder => $"echo $$ > '{folder}/cgroup.procs' && ")) + "exec \"$@\"", "sh"];

    /// <summary>Processor time of all processes of the group, in seconds.</summary>
    public double ProcessorTime =>
        unified
            ? Value(processors, "cpu.stat", "usage_usec") / MicrosecondsPerSecond
            : Number(accounting, "cpuacct.usage") / NanosecondsPerSecond;

    /// <summary>The time for which the group was stopped by its processor limit, in seconds.</summary>
    public double Throttled =>
        unified
            ? Value(processors, "cpu.stat", "throttled_usec") / MicrosecondsPerSecond
            : Value(processors, "cpu.stat", "throttled_time") / NanosecondsPerSecond;

    /// <summary>Memory of the group in bytes, as its limit counts it.</summary>
    public long Memory => Number(memory, unified ? "memory.current" : "memory.usage_in_bytes");

    /// <summary>Deletes the group, whose processes must have ended.</summary>
    public void Dispose()
    {
        foreach (var folder in Folders.Where(Directory.Exists))
            Directory.Delete(folder);
    }

    void Create(Limits limits)
    {
        var quota = (long)(limits.Processors * PeriodMicroseconds);
        if (unified)
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(processors)!, "cgroup.subtree_control"), "+cpu +memory");
        foreach (var folder in Folders)
            Directory.CreateDirectory(folder);
        if (unified)
        {
            File.WriteAllText(Path.Combine(processors, "cpu.max"), $"{quota} {PeriodMicroseconds}");
            File.WriteAllText(Path.Combine(memory, "memory.max"), $"{limits.Memory}");
        }
        else
        {
            File.WriteAllText(Path.Combine(processors, "cpu.cfs_period_us"), $"{PeriodMicroseconds}");
            File.WriteAllText(Path.Combine(processors, "cpu.cfs_quota_us"), $"{quota}");
            File.WriteAllText(Path.Combine(memory, "memory.limit_in_bytes"), $"{limits.Memory}");
        }
    }

    static long Number(string folder, string file) =>
        long.Parse(File.ReadAllText(Path.Combine(folder, file)), CultureInfo.InvariantCulture);

    static long Value(string folder, string file, string name) =>
        File.ReadLines(Path.Combine(folder, file))
            .Select(line => line.Split(' '))
            .Where(fields => fields[0] == name)
            .Select(fields => long.Parse(fields[1], CultureInfo.InvariantCulture))
            .FirstOrDefault();
}
