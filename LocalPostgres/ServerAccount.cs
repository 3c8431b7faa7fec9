namespace FunctionsApp.LocalPostgres;

/// <summary>
/// The account that the server runs under: this process's own, but an unprivileged one when this process is Unix's root,
/// for which Postgres refuses to run.
/// </summary>
internal sealed class ServerAccount
{
    static readonly string[] tools = OperatingSystem.IsMacOS() ? ["sudo"] : ["runuser", "setpriv", "su"];
    readonly string? tool;
    readonly string group;

    ServerAccount(string name, string? tool, string group) => (Name, this.tool, this.group) = (name, tool, group);

    public static bool ProcessIsRoot => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    public string Name { get; }
    public bool IsOther => tool is not null;

    /// <summary>For messages: " as postgres" or nothing.</summary>
    public string Suffix => IsOther ? $" as {Name}" : "";

    /// <summary>The account for new data.</summary>
    /// <exception cref="LocalPostgresException">Root, and there is no account or no program to change to it.</exception>
    public static Task<ServerAccount> ForNewDataAsync(CancellationToken cancellationToken) =>
        ProcessIsRoot
            ? OtherAsync(["postgres", "nobody"], tools, cancellationToken)
            : Task.FromResult(new ServerAccount(Environment.UserName, null, ""));

    /// <summary>The account for data that belongs to <paramref name="owner"/>.</summary>
    /// <exception cref="LocalPostgresException">The owner is not an account that this process can change to.</exception>
    public async Task<ServerAccount> ForDataOfAsync(string owner, CancellationToken cancellationToken) =>
        !IsOther || owner == Name ? this : await OtherAsync([owner], tools, cancellationToken);

    public static async Task<ServerAccount> OtherAsync(
        IReadOnlyList<string> names,
        IReadOnlyList<string> tools,
        CancellationToken cancellationToken
    )
    {
        // root's PATH may lack the sbin folders, in containers and under su.
        string[] folders = [.. SearchPath.Folders, "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        foreach (var name in names)
        {
            var group = await new ChildProgram("id", ["-g", name]).RunAsync(cancellationToken);
            if (!group.Succeeded)
                continue;

            foreach (var tool in tools.Select(tool => SearchPath.Find(tool, folders)).OfType<string>())
            {
                var account = new ServerAccount(name, tool, group.Output.Trim());
                // Busybox has programs of these names that lack the options.
                if ((await account.Command("true", []).RunAsync(cancellationToken)).Succeeded)
                    return account;
            }
        }

        var (accounts, ways) = (string.Join(" or ", names), string.Join(", ", tools));
        throw new LocalPostgresException(
            $"""
            Postgres does not run as root, and there is no way here to run it as {accounts} (by {ways}).
            Run this program as an ordinary user, or name a database of your own in the setting ConnectionStrings__Postgres.
            """
        );
    }

    /// <summary>The program run by this account.</summary>
    public ChildProgram Command(string file, IReadOnlyList<string> arguments) =>
        Path.GetFileName(tool) switch
        {
            null => new ChildProgram(file, arguments),
            "runuser" => new ChildProgram(tool!, ["-u", Name, "--", file, .. arguments]),
            "setpriv" => new ChildProgram(tool!, ["--reuid", Name, "--regid", group, "--init-groups", "--", file, .. arguments]),
            "sudo" => new ChildProgram(tool!, ["-n", "-u", Name, "--", file, .. arguments]),
            _ => new ChildProgram(tool!, ["-s", "/bin/sh", Name, "-c", string.Join(' ', arguments.Prepend(file).Select(Quote))]),
        };

    /// <summary>Whether the account can enter the folder, or the nearest one above that exists.</summary>
    public async Task<bool> ReachesAsync(string folder, CancellationToken cancellationToken)
    {
        if (!IsOther)
            return true;

        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        return (await Command("test", ["-x", folder]).RunAsync(cancellationToken)).Succeeded;
    }

    /// <summary>Gives files and folders, not what is in them, to the account.</summary>
    /// <exception cref="LocalPostgresException">The file system does not let root do so.</exception>
    public async Task OwnAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (!IsOther)
            return;

        var result = await new ChildProgram("chown", [$"{Name}:{group}", .. paths]).RunAsync(cancellationToken);
        if (!result.Succeeded)
        {
            throw new LocalPostgresException(
                $"""
                {string.Join(", ", paths)} cannot be given to {Name}, who runs Postgres for root: {result.LastLines(3)}
                Use a folder on another file system, run as an ordinary user, or set ConnectionStrings__Postgres.
                """
            );
        }
    }

    static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
