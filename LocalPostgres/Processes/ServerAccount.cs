namespace FunctionsApp.LocalPostgres;

/// <summary>
/// The account that runs the server: that of this process, or an unprivileged one if this process runs as root, as which Postgres refuses
/// to run.
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

    /// <summary>For messages: " as postgres" or empty.</summary>
    public string Suffix => IsOther ? $" as {Name}" : "";

    /// <summary>The account for new data.</summary>
    /// <exception cref="LocalPostgresException">This process runs as root and cannot switch to another account.</exception>
    public static Task<ServerAccount> ForNewDataAsync(CancellationToken cancellationToken) =>
        ProcessIsRoot
            ? OtherAsync(["postgres", "nobody"], tools, cancellationToken)
            : Task.FromResult(new ServerAccount(Environment.UserName, null, ""));

    /// <summary>The account for data that belongs to <paramref name="owner"/>.</summary>
    /// <exception cref="LocalPostgresException">This process cannot switch to the owner's account.</exception>
    public async Task<ServerAccount> ForDataOfAsync(string owner, CancellationToken cancellationToken) =>
        !IsOther || owner == Name ? this : await OtherAsync([owner], tools, cancellationToken);

    public static async Task<ServerAccount> OtherAsync(
        IReadOnlyList<string> names,
        IReadOnlyList<string> tools,
        CancellationToken cancellationToken
    )
    {
        // In containers and under su, root's PATH may not include the sbin folders.
        string[] folders = [.. SearchPath.Folders, "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        foreach (var name in names)
        {
            var group = await new ChildProgram("id", ["-g", name]).RunAsync(cancellationToken);
            if (!group.Succeeded)
                continue;

            foreach (var tool in tools.Select(tool => SearchPath.Find(tool, folders)).OfType<string>())
            {
                var account = new ServerAccount(name, tool, group.Output.Trim());
                // BusyBox's programs of the same names do not support these options.
                if ((await account.Command("true", []).RunAsync(cancellationToken)).Succeeded)
                    return account;
            }
        }

        var (accounts, toolNames) = (string.Join(" or ", names), string.Join(", ", tools));
        throw new LocalPostgresException(
            $"""
            Postgres does not run as root, and it cannot be run as {accounts} with {toolNames} on this machine.
            Run this program as an ordinary user, or set ConnectionStrings__Postgres to your own database.
            """
        );
    }

    /// <summary>Creates a command that runs a program under this account.</summary>
    public ChildProgram Command(string file, IReadOnlyList<string> arguments) =>
        Path.GetFileName(tool) switch
        {
            null => new ChildProgram(file, arguments),
            "runuser" => new ChildProgram(tool!, ["-u", Name, "--", file, .. arguments]),
            "setpriv" => new ChildProgram(tool!, ["--reuid", Name, "--regid", group, "--init-groups", "--", file, .. arguments]),
            "sudo" => new ChildProgram(tool!, ["-n", "-u", Name, "--", file, .. arguments]),
            _ => new ChildProgram(tool!, ["-s", "/bin/sh", Name, "-c", string.Join(' ', arguments.Prepend(file).Select(Quote))]),
        };

    /// <summary>Whether the account can access the folder or its nearest existing parent.</summary>
    public async Task<bool> CanAccessAsync(string folder, CancellationToken cancellationToken)
    {
        if (!IsOther)
            return true;

        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        return (await Command("test", ["-x", folder]).RunAsync(cancellationToken)).Succeeded;
    }

    /// <summary>Makes the account the owner of files and folders, but not of the folders' contents.</summary>
    /// <exception cref="LocalPostgresException">The file system does not allow it.</exception>
    public async Task ChangeOwnerAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (!IsOther)
            return;

        var result = await new ChildProgram("chown", [$"{Name}:{group}", .. paths]).RunAsync(cancellationToken);
        if (!result.Succeeded)
        {
            throw new LocalPostgresException(
                $"""
                {string.Join(", ", paths)} cannot be owned by {Name}, the account that runs Postgres under root: {result.LastLines(3)}
                Use a folder on another file system, run as an ordinary user, or set ConnectionStrings__Postgres.
                """
            );
        }
    }

    static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
